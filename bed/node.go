package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

const containerdTemplate = `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

[grpc]
  address = "/run/containerd/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{{.Pause}}"
  # Without CAP_SYS_RESOURCE nobody may lower an OOM score; runc would fail to start containers.
  restrict_oom_score_adj = true
  # The namespaces of pods belong to the node and vanish with it.
  netns_mounts_under_state_dir = true
  # As in containerd 2.
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{{.CNIBin}}"
    conf_dir = "{{.CNIConf}}"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{{.Certs}}"
`

const cniTemplate = `{
  "cniVersion": "0.4.0",
  "name": "pgo-bed",
  "plugins": [
    {
      "type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
      "ipam": {"type": "host-local", "ranges": [[{"subnet": "{{.PodCIDR}}"}]], "routes": [{"dst": "0.0.0.0/0"}]}
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
`

const kubeletTemplate = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: {{.IP}}
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: {{.PKI}}/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: {{.PKI}}/{{.Node}}-server.crt
tlsPrivateKeyFile: {{.PKI}}/{{.Node}}-server.key
cgroupDriver: cgroupfs
# Kubelets that share a root take each other's pods for orphans and delete them.
cgroupRoot: /{{.Cgroup}}
failCgroupV1: false
failSwapOn: false
clusterDomain: cluster.local
clusterDNS: [{{.DNS}}]
resolvConf: {{.ResolvConf}}
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
volumePluginDir: /var/lib/kubelet/volumeplugins
healthzPort: 0
oomScoreAdj: 0
# The nodes share the machine's disk. One that fills up for other reasons must neither evict pods nor lose the sandbox
# image, which no registry could bring back.
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%}
`

// writeNodeFiles writes what only the programs of this node read; the nodes start at the same time.
func (b *bed) writeNodeFiles(n node) error {
	conf := func(elem ...string) string { return b.path(append([]string{"nodes", n.name(), "conf"}, elem...)...) }
	if err := os.MkdirAll(conf("cni"), 0o755); err != nil {
		return err
	}
	for _, m := range nodeMounts {
		if err := os.MkdirAll(b.nodeDir(n, m), 0o755); err != nil {
			return err
		}
	}
	cni, _ := cniDir()
	data := map[string]string{
		"Node": n.name(), "IP": n.ip(), "PodCIDR": n.podCIDR(), "Cgroup": n.cgroup(), "PKI": b.path("pki"), "DNS": dnsClusterIP,
		"ResolvConf": b.path("conf", "resolv.conf"), "Pause": pauseImage, "CNIBin": cni, "CNIConf": conf("cni"),
		"Certs": b.path("conf", "certs.d"),
	}
	files := map[string][]byte{
		conf("containerd.toml"):        render(containerdTemplate, data),
		conf("cni", "10-bed.conflist"): render(cniTemplate, data),
		conf("kubelet.yaml"):           render(kubeletTemplate, data),
		conf("proxy.yaml"):             b.proxyConfig(n.ip(), n.name(), false),
	}
	for path, content := range files {
		if err := writeFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// holderScript makes a node's mount namespace and stays in it. The namespace, with every mount its kubelet and
// containers make, ends with the last process of the node, as on a machine that loses power. Mounts of new volumes
// still come in from the machine, and pods may ask for propagation among themselves.
const holderScript = `ready=$1
shift
while [ $# -gt 0 ]; do
	mount --bind "$1" "$2" || exit 1
	shift 2
done
mount --make-rshared / || exit 1
: > "$ready"
exec sleep infinity
`

func (n node) daemonName(program string) string { return n.name() + "-" + program }

// nodeDaemons are the programs of a node in the order of their start; the first makes its mount namespace.
func (b *bed) nodeDaemons(n node) ([]daemon, error) {
	kube, err := b.kubeBinary()
	if err != nil {
		return nil, err
	}
	conf := func(name string) string { return b.path("nodes", n.name(), "conf", name) }
	holder := n.daemonName("holder")
	mounts := []string{"unshare", "--mount", "--propagation", "slave", "sh", b.path("conf", "node-mount.sh"), b.holderReady(n)}
	for _, m := range nodeMounts {
		mounts = append(mounts, b.nodeDir(n, m), m)
	}
	daemons := []daemon{
		{name: holder, argv: mounts},
		{name: n.daemonName("containerd"), holder: holder, argv: []string{"containerd", "--config", conf("containerd.toml"), "--log-level", "warn"}},
		{name: n.daemonName("kubelet"), holder: holder, argv: []string{kube, "kubelet", "--config=" + conf("kubelet.yaml"),
			"--kubeconfig=" + b.clientConfig(n.name()), "--hostname-override=" + n.name(), "--node-ip=" + n.ip(),
			"--node-labels=topology.kubernetes.io/zone=" + n.zone() + ",topology.kubernetes.io/region=bed"}},
		{name: n.daemonName("proxy"), holder: holder, argv: []string{kube, "kube-proxy", "--config=" + conf("proxy.yaml")}},
	}
	for i := range daemons {
		daemons[i].cgroup, daemons[i].netns = n.name()+"/system", n.netns()
	}
	return daemons, nil
}

func (b *bed) holderReady(n node) string { return b.path("run", n.name()+".mounts-made") }

// bootNode brings a node from any state to one where all its programs run. It does not wait for it to be Ready.
func (b *bed) bootNode(n node) error {
	if err := b.writeNodeFiles(n); err != nil {
		return err
	}
	daemons, err := b.nodeDaemons(n)
	if err != nil {
		return err
	}
	if _, ok := b.pid(daemons[0].name); !ok {
		// Nothing of an earlier life may stay: the rest of it would be in another mount namespace.
		if err := b.stopNode(n); err != nil {
			return err
		}
	}
	if err := b.makeNodeNet(n); err != nil {
		return err
	}
	for i, d := range daemons {
		if _, err := b.start(d); err != nil {
			return err
		}
		switch {
		case i == 0:
			err = waitFor(10*time.Second, func() error {
				if err := b.checkAlive(d.name); err != nil {
					return err
				}
				if !exists(b.holderReady(n)) {
					return fmt.Errorf("%s has not made its mounts within 10 s (log: %s)", d.name, b.logFile(d.name))
				}
				return nil
			})
		case strings.HasSuffix(d.name, "containerd"):
			err = b.waitContainerd(n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// startKubelet starts a node's kubelet. The node boots still: that is no error, but not yet the end either.
func (b *bed) startKubelet(n node) error {
	daemons, err := b.nodeDaemons(n)
	if err != nil {
		return err
	}
	for _, d := range daemons {
		if d.name != n.daemonName("kubelet") {
			continue
		}
		if _, err := b.start(d); err != nil {
			return err
		}
	}
	return errors.New("its kubelet was started again")
}

// waitContainerd waits until the node's containerd answers, and gives it the sandbox image.
func (b *bed) waitContainerd(n node) error {
	name := n.daemonName("containerd")
	marker := b.nodeDir(n, "/var/lib/containerd") + "/pause-imported"
	return waitFor(30*time.Second, func() error {
		if !exists(b.nodeDir(n, "/run/containerd") + "/containerd.sock") {
			if err := b.checkAlive(name); err != nil {
				return err
			}
			return fmt.Errorf("%s does not answer within 30 s (log: %s)", name, b.logFile(name))
		}
		if exists(marker) {
			return nil
		}
		if _, err := b.inNode(n, "ctr", "-n", "k8s.io", "images", "import", b.path("conf", "pause.tar")); err != nil {
			return err
		}
		return writeFile(marker, nil, 0o644)
	})
}

// inNode runs a command in the node's namespaces.
func (b *bed) inNode(n node, argv ...string) (string, error) {
	pid, ok := b.pid(n.daemonName("holder"))
	if !ok {
		return "", fmt.Errorf("%s is not running: bring it up with \"bed heal-node %s\"", n.name(), n.name())
	}
	return run("nsenter", append([]string{fmt.Sprintf("--mount=/proc/%d/ns/mnt", pid), "--net=/run/netns/" + n.netns(), "--"}, argv...)...)
}

// stopNode ends a node as a loss of power does: first it falls silent, then everything in it dies at once, and what
// only lives in memory is gone. Its disk stays.
func (b *bed) stopNode(n node) error {
	if netnsExists(controlNetns) {
		_ = plug(n, false)
	}
	root, _ := killHierarchy()
	if err := killCgroup(root + "/" + n.cgroup()); err != nil {
		return err
	}
	removeNodeNet(n)
	for _, m := range volatileMounts {
		if err := os.RemoveAll(b.nodeDir(n, m)); err != nil {
			return err
		}
		if err := os.MkdirAll(b.nodeDir(n, m), 0o755); err != nil {
			return err
		}
	}
	for _, d := range []string{"holder", "containerd", "kubelet", "proxy"} {
		_ = os.Remove(b.pidFile(n.daemonName(d)))
	}
	_ = os.Remove(b.holderReady(n))
	_ = os.Remove(b.path("run", n.name()+".network-made"))
	return removeCgroup(n.cgroup())
}
