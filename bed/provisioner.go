package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"
)

const (
	className         = "standard"
	provisionerName   = "bed.local/loop"
	selectedNodeKey   = "volume.kubernetes.io/selected-node"
	provisionedByKey  = "pv.kubernetes.io/provisioned-by"
	smallestVolume    = 1 << 20 // below, ext4 has no room for itself
	provisionerWorker = 4
)

// provisioner makes the volumes of the storage class: each an ext4 file system of the claim's size in a sparse file,
// mounted on the machine. A full volume is really full, and no volume sees its neighbour.
type provisioner struct {
	dir      string // of the files and mount points
	client   kubernetes.Interface
	claims   listers.PersistentVolumeClaimLister
	volumes  listers.PersistentVolumeLister
	queue    workqueue.TypedRateLimitingInterface[string]
	recorder record.EventRecorder
	making   sync.Map // volumes of which the cache does not know yet
}

func (b *bed) runProvisioner() error {
	client, err := b.client("provisioner")
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	factory := informers.NewSharedInformerFactory(client, 0)
	events := record.NewBroadcaster()
	events.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	p := &provisioner{
		dir: b.path("volumes"), client: client,
		claims:  factory.Core().V1().PersistentVolumeClaims().Lister(),
		volumes: factory.Core().V1().PersistentVolumes().Lister(),
		queue: workqueue.NewTypedRateLimitingQueue(
			workqueue.NewTypedItemExponentialFailureRateLimiter[string](50*time.Millisecond, 30*time.Second)),
		recorder: events.NewRecorder(scheme.Scheme, corev1.EventSource{Component: provisionerName}),
	}
	add := func(kind string) cache.ResourceEventHandler {
		enqueue := func(obj any) {
			if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(obj); err == nil {
				p.queue.Add(kind + key)
			}
		}
		return cache.ResourceEventHandlerFuncs{AddFunc: enqueue, UpdateFunc: func(_, obj any) { enqueue(obj) }, DeleteFunc: enqueue}
	}
	claims, volumes := factory.Core().V1().PersistentVolumeClaims().Informer(), factory.Core().V1().PersistentVolumes().Informer()
	if _, err := claims.AddEventHandler(add("claim:")); err != nil {
		return err
	}
	if _, err := volumes.AddEventHandler(add("volume:")); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), claims.HasSynced, volumes.HasSynced) {
		return errors.New("stopped before the API server answered")
	}
	if err := p.sweep(); err != nil {
		say("cannot tidy up: %v", err)
	}
	for range provisionerWorker {
		go p.work(ctx)
	}
	<-ctx.Done()
	p.queue.ShutDown()
	return nil
}

func (p *provisioner) work(ctx context.Context) {
	for {
		key, quit := p.queue.Get()
		if quit {
			return
		}
		kind, name, _ := strings.Cut(key, ":")
		var err error
		if kind == "claim" {
			err = p.syncClaim(ctx, name)
		} else {
			err = p.syncVolume(ctx, name)
		}
		if err != nil {
			say("%s %s: %v", kind, name, err)
			p.queue.AddRateLimited(key)
		} else {
			p.queue.Forget(key)
		}
		p.queue.Done(key)
	}
}

// wanted tells whether the claim asks this provisioner for a volume, and where.
func wanted(c *corev1.PersistentVolumeClaim) (node string, ok bool) {
	node = c.Annotations[selectedNodeKey]
	ok = c.DeletionTimestamp == nil && c.Spec.VolumeName == "" && node != "" &&
		c.Spec.StorageClassName != nil && *c.Spec.StorageClassName == className
	return node, ok
}

// localVolume is the volume for a claim. Its path is the mount point of its file system.
func localVolume(c *corev1.PersistentVolumeClaim, node, path string) *corev1.PersistentVolume {
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: volumeName(c), Annotations: map[string]string{provisionedByKey: provisionerName}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: c.Spec.Resources.Requests[corev1.ResourceStorage]},
			AccessModes:                   c.Spec.AccessModes,
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			StorageClassName:              className,
			VolumeMode:                    ptr(corev1.PersistentVolumeFilesystem),
			ClaimRef: &corev1.ObjectReference{APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: c.Namespace, Name: c.Name, UID: c.UID},
			PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{node}}},
			}}}},
		},
	}
}

func volumeName(c *corev1.PersistentVolumeClaim) string { return "pvc-" + string(c.UID) }

func (p *provisioner) syncClaim(ctx context.Context, key string) error {
	namespace, name, _ := strings.Cut(key, "/")
	c, err := p.claims.PersistentVolumeClaims(namespace).Get(name)
	if err != nil {
		return nil // gone; its volume tells when it is released
	}
	node, ok := wanted(c)
	if !ok {
		return nil
	}
	if _, err := p.volumes.Get(volumeName(c)); err == nil {
		return nil
	}
	size := c.Spec.Resources.Requests[corev1.ResourceStorage]
	if err := makeable(c, size); err != nil {
		p.recorder.Event(c, corev1.EventTypeWarning, "ProvisioningFailed", err.Error())
		return nil // only another claim can be better
	}
	pv := localVolume(c, node, p.mountPoint(volumeName(c)))
	p.making.Store(pv.Name, true)
	defer p.making.Delete(pv.Name)
	if err := p.makeVolume(pv.Name, size.Value()); err != nil {
		p.recorder.Event(c, corev1.EventTypeWarning, "ProvisioningFailed", err.Error())
		return err
	}
	if _, err := p.client.CoreV1().PersistentVolumes().Create(ctx, pv, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	return nil
}

// makeable says what is wrong with a claim that can never have a volume.
func makeable(c *corev1.PersistentVolumeClaim, size resource.Quantity) error {
	if c.Spec.VolumeMode != nil && *c.Spec.VolumeMode != corev1.PersistentVolumeFilesystem {
		return fmt.Errorf("the storage class %s makes file systems, not volumes of mode %s", className, *c.Spec.VolumeMode)
	}
	if size.Value() < smallestVolume {
		return fmt.Errorf("a volume of %s is too small for a file system: ask for 1Mi or more", size.String())
	}
	return nil
}

func (p *provisioner) mountPoint(volume string) string { return filepath.Join(p.dir, volume) }
func (p *provisioner) file(volume string) string       { return filepath.Join(p.dir, volume+".img") }

// makeVolume makes the file system and mounts it; what is there already is kept.
func (p *provisioner) makeVolume(name string, size int64) error {
	if !exists(p.file(name)) {
		tmp := p.file(name) + ".new"
		f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		err = errors.Join(f.Truncate(size), f.Close())
		if err != nil {
			return err
		}
		// A new sparse file is known to be all zeroes: nothing of it needs to be written, now or later.
		if _, err := run("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "assume_storage_prezeroed=1,nodiscard", tmp); err != nil {
			if _, err := run("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard", tmp); err != nil {
				return err
			}
		}
		if err := os.Rename(tmp, p.file(name)); err != nil {
			return err
		}
	}
	return p.mount(name)
}

func (p *provisioner) mount(name string) error {
	if err := os.MkdirAll(p.mountPoint(name), 0o755); err != nil {
		return err
	}
	if isMounted(p.mountPoint(name)) {
		return nil
	}
	_, err := run("mount", "-t", "ext4", "-o", "loop", p.file(name), p.mountPoint(name))
	return err
}

// removeVolume deletes a volume. One that a process still has open vanishes when that process ends.
func (p *provisioner) removeVolume(name string) error {
	if isMounted(p.mountPoint(name)) {
		if err := syscall.Unmount(p.mountPoint(name), 0); err != nil {
			if err := syscall.Unmount(p.mountPoint(name), syscall.MNT_DETACH); err != nil {
				return fmt.Errorf("cannot unmount the volume %s: %w", name, err)
			}
		}
	}
	if err := os.Remove(p.file(name)); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.Remove(p.mountPoint(name)); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

func (p *provisioner) syncVolume(ctx context.Context, name string) error {
	pv, err := p.volumes.Get(name)
	if apierrors.IsNotFound(err) {
		if _, busy := p.making.Load(name); !busy && strings.HasPrefix(name, "pvc-") {
			return p.removeVolume(name)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if pv.Annotations[provisionedByKey] != provisionerName || pv.Status.Phase != corev1.VolumeReleased ||
		pv.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete {
		return nil
	}
	if err := p.removeVolume(name); err != nil {
		return err
	}
	err = p.client.CoreV1().PersistentVolumes().Delete(ctx, name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// sweep mounts the volumes the cluster knows, after a restart of the machine, and removes those it does not know.
func (p *provisioner) sweep() error {
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		name := strings.TrimSuffix(strings.TrimSuffix(e.Name(), ".new"), ".img")
		if !strings.HasPrefix(name, "pvc-") {
			continue
		}
		if _, err := p.volumes.Get(name); apierrors.IsNotFound(err) {
			errs = append(errs, os.RemoveAll(p.file(name)+".new"), p.removeVolume(name))
		} else if err == nil && exists(p.file(name)) {
			errs = append(errs, p.mount(name))
		}
	}
	return errors.Join(errs...)
}
