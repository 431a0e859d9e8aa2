package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The control plane and the bed's services, all in the control namespace. None of it depends on a worker.

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

const proxyTemplate = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
bindAddress: {{.IP}}
hostnameOverride: {{.Node}}
clientConnection: {kubeconfig: {{.Kubeconfig}}}
mode: iptables
clusterCIDR: {{.PodSubnet}}
iptables: {masqueradeAll: {{.MasqueradeAll}}}
# The machine-wide limit of tracked connections is not a namespace's to change.
conntrack: {maxPerCore: 0, min: 0}
oomScoreAdj: 0
`

const corefileTemplate = `cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
    bind {{.IP}}
    errors
    kubernetes {
        kubeconfig {{.Kubeconfig}}
        pods insecure
        ttl 30
    }
    cache 30 {
        disable success cluster.local
        disable denial cluster.local
    }
    loadbalance
}
# There is no world outside: say so at once. (In a block of its own, as this plugin comes before "kubernetes".)
.:53 {
    bind {{.IP}}
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`

const registryTemplate = `version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: {{.Dir}}}
  delete: {enabled: true}
http: {addr: "{{.Addr}}"}
`

// hostsTemplate makes containerd pull from the registry without TLS.
const hostsTemplate = `server = "http://{{.}}"
[host."http://{{.}}"]
  capabilities = ["pull", "resolve", "push"]
`

func (b *bed) proxyConfig(ip, nodeName string, masqueradeAll bool) []byte {
	return render(proxyTemplate, map[string]any{
		"IP": ip, "Node": nodeName, "Kubeconfig": b.clientConfig("proxy"), "PodSubnet": podSubnet, "MasqueradeAll": masqueradeAll,
	})
}

// writeSharedFiles writes what the programs of the control namespace, and those of all nodes, read.
func (b *bed) writeSharedFiles() error {
	for _, dir := range []string{b.path("conf", "certs.d", registryAddr), b.path("logs"), b.path("run"), b.registry()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	files := map[string][]byte{
		"audit.yaml":    []byte(auditPolicy),
		"registry.yaml": render(registryTemplate, map[string]string{"Dir": b.registry(), "Addr": registryAddr}),
		"Corefile":      render(corefileTemplate, map[string]string{"IP": controlIP, "Kubeconfig": b.clientConfig("dns")}),
		// kube-proxy waits for the node it is told to be on, so the control namespace's one takes the first worker's
		// name. It needs no more of it than that the object exists.
		"control-proxy.yaml": b.proxyConfig(controlIP, nodeNames[0], true),
		"node-mount.sh":      []byte(holderScript),
		"resolv.conf":        nil, // pods that want the node's DNS get none
		filepath.Join("certs.d", registryAddr, "hosts.toml"): render(hostsTemplate, registryAddr),
	}
	for name, data := range files {
		if err := writeFile(b.path("conf", name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// controlDaemons are the programs of the control namespace in the order of their start.
func (b *bed) controlDaemons() ([]daemon, error) {
	kube, err := b.kubeBinary()
	if err != nil {
		return nil, err
	}
	pki := func(name string) string { return b.path("pki", name) }
	daemons := []daemon{
		{name: "etcd", argv: []string{"etcd", "--name=bed", "--data-dir=" + b.path("etcd"), "--unsafe-no-fsync",
			"--listen-client-urls=http://127.0.0.1:2379", "--advertise-client-urls=http://127.0.0.1:2379",
			"--listen-peer-urls=http://127.0.0.1:2380", "--initial-advertise-peer-urls=http://127.0.0.1:2380",
			"--initial-cluster=bed=http://127.0.0.1:2380", "--quota-backend-bytes=2147483648",
			"--auto-compaction-retention=1h", "--logger=zap", "--log-level=warn"}},
		{name: "kube-apiserver", argv: []string{kube, "kube-apiserver",
			"--etcd-servers=http://127.0.0.1:2379", "--advertise-address=" + controlIP, "--secure-port=6443",
			"--tls-cert-file=" + pki("apiserver.crt"), "--tls-private-key-file=" + pki("apiserver.key"),
			"--client-ca-file=" + pki("ca.crt"), "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
			"--allow-privileged=true", "--service-cluster-ip-range=" + svcSubnet,
			"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
			"--service-account-key-file=" + pki("service-account.key"),
			"--service-account-signing-key-file=" + pki("service-account.key"),
			"--kubelet-preferred-address-types=InternalIP", "--kubelet-certificate-authority=" + pki("ca.crt"),
			"--kubelet-client-certificate=" + pki("apiserver-kubelet-client.crt"),
			"--kubelet-client-key=" + pki("apiserver-kubelet-client.key"),
			"--audit-policy-file=" + b.path("conf", "audit.yaml"), "--audit-log-path=" + b.auditLog(),
			"--audit-log-maxsize=100", "--audit-log-maxbackup=5"}},
		{name: "kube-controller-manager", argv: []string{kube, "kube-controller-manager",
			"--kubeconfig=" + b.clientConfig("controller-manager"), "--leader-elect=false", "--use-service-account-credentials",
			"--root-ca-file=" + pki("ca.crt"), "--service-account-private-key-file=" + pki("service-account.key"),
			"--cluster-signing-cert-file=" + pki("ca.crt"), "--cluster-signing-key-file=" + pki("ca.key"),
			"--bind-address=127.0.0.1"}},
		{name: "kube-scheduler", argv: []string{kube, "kube-scheduler",
			"--kubeconfig=" + b.clientConfig("scheduler"), "--leader-elect=false", "--bind-address=127.0.0.1"}},
		{name: "control-proxy", argv: []string{kube, "kube-proxy", "--config=" + b.path("conf", "control-proxy.yaml")}},
		{name: "dns", argv: []string{b.coreDNSBinary(), "-conf", b.path("conf", "Corefile")}},
		{name: "registry", argv: []string{"docker-registry", "serve", b.path("conf", "registry.yaml")}},
	}
	for i := range daemons {
		daemons[i].cgroup, daemons[i].netns = "control", controlNetns
	}
	// The provisioner mounts volumes where the kubelets see them, on the machine itself.
	daemons = append(daemons, daemon{name: "provisioner", cgroup: "control",
		argv: []string{b.path("bin", "bed"), "provisioner", "--state", b.state}, env: []string{"XDG_CACHE_HOME=" + b.path("cache")}})
	return daemons, nil
}

// installSelf keeps a copy of this program, which "go run" would delete under the running provisioner, and writes
// a kubectl that needs no settings.
func (b *bed) installSelf() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.path("bin"), 0o755); err != nil {
		return err
	}
	if self != b.path("bin", "bed") {
		if err := writeFile(b.path("bin", "bed"), data, 0o755); err != nil {
			return err
		}
	}
	kube, err := b.kubeBinary()
	if err != nil {
		return err
	}
	script := strings.Join([]string{"#!/bin/sh", "export KUBECONFIG=${KUBECONFIG:-" + b.kubeconfig() + "}",
		fmt.Sprintf("exec %s kubectl \"$@\"", kube), ""}, "\n")
	return writeFile(b.path("bin", "kubectl"), []byte(script), 0o755)
}
