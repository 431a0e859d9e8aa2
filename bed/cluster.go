package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// client talks to the API server as one of the bed's own users.
func (b *bed) client(who string) (*kubernetes.Clientset, error) {
	path := b.clientConfig(who)
	if !exists(path) {
		return nil, errors.New("the bed is not up: run \"bed up\"")
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		return nil, err
	}
	config.UserAgent = "bed-" + who
	config.QPS, config.Burst = 200, 400
	return kubernetes.NewForConfig(config)
}

// waitAPI waits until the API server is ready to serve.
func (b *bed) waitAPI(c *kubernetes.Clientset) error {
	err := waitFor(60*time.Second, func() error {
		if err := b.checkAlive("etcd", "kube-apiserver"); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return c.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
	if err != nil {
		return fmt.Errorf("the API server is not ready: %w (log: %s)", err, b.logFile("kube-apiserver"))
	}
	return nil
}

// ptr returns a pointer to a value, as API objects want them.
func ptr[T any](v T) *T { return &v }

// created treats an object that is already there as created.
func created(_ any, err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// createObjects creates what the cluster offers to everyone: the storage class, and DNS at its usual address.
func createObjects(c *kubernetes.Clientset) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	class := &storagev1.StorageClass{
		ObjectMeta:        metav1.ObjectMeta{Name: className, Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}},
		Provisioner:       provisionerName,
		VolumeBindingMode: ptr(storagev1.VolumeBindingWaitForFirstConsumer),
		ReclaimPolicy:     ptr(corev1.PersistentVolumeReclaimDelete),
	}
	dnsPorts := []corev1.ServicePort{{Name: "dns", Protocol: corev1.ProtocolUDP, Port: 53}, {Name: "dns-tcp", Protocol: corev1.ProtocolTCP, Port: 53}}
	dns := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "kube-dns", Namespace: "kube-system", Labels: map[string]string{"k8s-app": "kube-dns"}},
		Spec:       corev1.ServiceSpec{ClusterIP: dnsClusterIP, Ports: dnsPorts},
	}
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Name: "kube-dns-bed", Namespace: "kube-system", Labels: map[string]string{
			discoveryv1.LabelServiceName: "kube-dns", discoveryv1.LabelManagedBy: "pgo-bed"}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{controlIP}, Conditions: discoveryv1.EndpointConditions{Ready: ptr(true)}}},
		Ports: []discoveryv1.EndpointPort{{Name: ptr("dns"), Protocol: ptr(corev1.ProtocolUDP), Port: ptr(int32(53))},
			{Name: ptr("dns-tcp"), Protocol: ptr(corev1.ProtocolTCP), Port: ptr(int32(53))}},
	}
	// Creating a Service that exists fails over its address before its name, so look first.
	if _, err := c.CoreV1().Services("kube-system").Get(ctx, dns.Name, metav1.GetOptions{}); err == nil {
		return nil
	}
	// A new API server creates its own namespaces a moment after it says that it is ready.
	return waitFor(20*time.Second, func() error {
		return errors.Join(
			created(c.StorageV1().StorageClasses().Create(ctx, class, metav1.CreateOptions{})),
			created(c.DiscoveryV1().EndpointSlices("kube-system").Create(ctx, slice, metav1.CreateOptions{})),
			created(c.CoreV1().Services("kube-system").Create(ctx, dns, metav1.CreateOptions{})))
	})
}

func nodeReady(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// kubeletStarts is how often a kubelet that ends while its node boots is started again, as any service manager would:
// it gives up when containerd answers but still recovers what an earlier life left ("server is not initialized yet").
const kubeletStarts = 10

// waitNode waits until the node's kubelet, started or reconnected after the given moment, has reported it Ready.
func (b *bed) waitNode(c *kubernetes.Clientset, n node, since time.Time) error {
	watched := []string{n.daemonName("containerd"), n.daemonName("kubelet"), n.daemonName("proxy")}
	mayStart := kubeletStarts
	err := waitFor(90*time.Second, func() error {
		if _, ok := b.pid(n.daemonName("kubelet")); !ok && mayStart > 0 {
			mayStart--
			time.Sleep(time.Second)
			return b.startKubelet(n)
		}
		if err := b.checkAlive(watched...); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		obj, err := c.CoreV1().Nodes().Get(ctx, n.name(), metav1.GetOptions{})
		if err != nil {
			return err
		}
		if !nodeReady(obj) {
			return errors.New("its kubelet does not report it Ready")
		}
		for _, t := range obj.Spec.Taints {
			if t.Key == corev1.TaintNodeNotReady || t.Key == corev1.TaintNodeUnreachable {
				return errors.New("the controller manager still keeps pods away from it")
			}
		}
		if since.IsZero() {
			return nil
		}
		// A node that was lost only seconds ago still counts as Ready; its lease tells whether the kubelet is back.
		lease, err := c.CoordinationV1().Leases("kube-node-lease").Get(ctx, n.name(), metav1.GetOptions{})
		if err == nil && (lease.Spec.RenewTime == nil || lease.Spec.RenewTime.Time.Before(since)) {
			err = errors.New("its kubelet has not renewed its lease")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s is not Ready: %w (log: %s)", n.name(), err, b.logFile(n.daemonName("kubelet")))
	}
	return nil
}

// waitServices waits until pods can be created, DNS answers at its cluster address, and the registry answers.
func (b *bed) waitServices(c *kubernetes.Clientset) error {
	err := waitFor(45*time.Second, func() error {
		if err := b.checkAlive("kube-controller-manager", "kube-scheduler"); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := c.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err
	})
	if err != nil {
		return fmt.Errorf("the controller manager does not work: %w (log: %s)", err, b.logFile("kube-controller-manager"))
	}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: time.Second}).DialContext(ctx, network, dnsClusterIP+":53")
	}}
	err = waitFor(45*time.Second, func() error {
		if err := b.checkAlive("control-proxy", "dns", "registry", "provisioner"); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		addrs, err := resolver.LookupHost(ctx, "kubernetes.default.svc.cluster.local.")
		if err == nil && strings.Join(addrs, " ") != apiClusterIP {
			err = fmt.Errorf("it answers %v for %s", addrs, apiClusterIP)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("DNS does not answer at %s: %w (logs: %s, %s)", dnsClusterIP, err, b.logFile("dns"), b.logFile("control-proxy"))
	}
	err = waitFor(20*time.Second, func() error {
		reply, err := (&http.Client{Timeout: time.Second}).Get("http://" + registryAddr + "/v2/")
		if err != nil {
			return err
		}
		reply.Body.Close()
		if reply.StatusCode != http.StatusOK {
			return errors.New(reply.Status)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("the registry does not answer at %s: %w (log: %s)", registryAddr, err, b.logFile("registry"))
	}
	return nil
}
