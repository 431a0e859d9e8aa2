package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

func TestNodesHaveTheirOwnAddresses(t *testing.T) {
	seen := map[string]bool{hostIP: true, controlIP: true}
	pods := netip.MustParsePrefix(podSubnet)
	for _, n := range allNodes() {
		for _, s := range []string{n.ip(), n.podCIDR(), n.mac(), n.netns()} {
			if seen[s] {
				t.Errorf("%s of %s is used twice", s, n.name())
			}
			seen[s] = true
		}
		if !netip.MustParsePrefix(bedSubnet).Contains(netip.MustParseAddr(n.ip())) {
			t.Errorf("%s is outside %s", n.ip(), bedSubnet)
		}
		if !pods.Contains(netip.MustParsePrefix(n.podCIDR()).Addr()) {
			t.Errorf("%s is outside %s", n.podCIDR(), podSubnet)
		}
	}
}

func TestFindNode(t *testing.T) {
	if n, err := findNode("node2"); err != nil || n.number != 2 {
		t.Errorf("node2: %v, %v", n, err)
	}
	if _, err := findNode("node4"); err == nil || !strings.Contains(err.Error(), "node1, node2, node3") {
		t.Errorf("the error does not name the nodes: %v", err)
	}
}

func TestStateDirectoryIsChecked(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/cache")
	t.Setenv("PGO_BED_STATE", "/var/lib/elsewhere")
	b, err := newBed("")
	if err != nil || b.state != "/var/lib/elsewhere" || b.registry() != "/cache/pgo/registry" {
		t.Errorf("%+v, %v", b, err)
	}
	for _, bad := range []string{"/", "/etc", "/tmp/a b", "/tmp/../home"} {
		if _, err := newBed(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestVerbsExplainWrongArguments(t *testing.T) {
	for _, args := range [][]string{{"kill-node"}, {"freeze", "a", "b"}, {"kill-container", "ns", "pod"}, {"up", "now"}} {
		c := command()
		c.SetArgs(args)
		if err := c.Execute(); err == nil || !strings.Contains(err.Error(), `use "bed `+args[0]) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestMissingPackagesAreNamedOnce(t *testing.T) {
	got := missingPackages(func(p string) bool { return p != "ctr" && p != "containerd" && p != "ip" })
	slices.Sort(got)
	if !slices.Equal(got, []string{"containerd", "iproute2"}) {
		t.Errorf("%v", got)
	}
	if got := missingPackages(func(string) bool { return true }); len(got) != 0 {
		t.Errorf("nothing is missing, yet %v", got)
	}
}

func TestOverlappingRoutes(t *testing.T) {
	fine := "default via 192.0.2.1 dev eth0\n10.213.0.0/24 dev pgo0\nlocal 10.213.0.1 dev pgo0 table local\n192.0.2.0/24 dev eth0\nlocal 127.0.0.0/8 dev lo\n"
	if line, bad := overlapping(fine); bad {
		t.Errorf("%q overlaps nothing", line)
	}
	for _, line := range []string{"10.96.4.0/24 dev cali0", "10.0.0.0/8 via 192.0.2.9 dev eth0", "local 10.214.1.7 dev eth1 table local"} {
		if _, bad := overlapping(fine + line); !bad {
			t.Errorf("%q went unnoticed", line)
		}
	}
}

func TestCgroupMounts(t *testing.T) {
	v1 := "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup /sys/fs/cgroup/freezer cgroup rw,freezer 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
	if dirs, v2 := cgroupMounts(v1); v2 || !slices.Equal(dirs, []string{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/freezer"}) {
		t.Errorf("%v, %v", dirs, v2)
	}
	if dirs, v2 := cgroupMounts("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n"); !v2 || !slices.Equal(dirs, []string{"/sys/fs/cgroup"}) {
		t.Errorf("%v, %v", dirs, v2)
	}
}

func TestStartTime(t *testing.T) {
	stat := "42 (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21"
	if got, ok := parseStartTime(stat); !ok || got != "4711" {
		t.Errorf("%q, %v", got, ok)
	}
	if _, ok := parseStartTime(strings.Replace(stat, ") S", ") Z", 1)); ok {
		t.Error("a zombie counts as running")
	}
}

func TestMountPoints(t *testing.T) {
	info := "1 2 0:1 / / rw - ext4 /dev/a rw\n3 1 0:2 / /with\\040blank rw shared:1 - tmpfs t rw\n"
	if got := mountPoints(info); !slices.Equal(got, []string{"/", "/with blank"}) {
		t.Errorf("%q", got)
	}
}

// Every file the nodes read must at least be well formed, and carry what makes the node that node.
func TestConfigurationIsWellFormed(t *testing.T) {
	b := &bed{state: t.TempDir(), cache: t.TempDir()}
	n := allNodes()[1]
	if err := b.writeNodeFiles(n); err != nil {
		t.Fatal(err)
	}
	if err := b.writeSharedFiles(); err != nil {
		t.Fatal(err)
	}
	read := func(path string, into any) {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(data, into); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	var kubelet, proxy, registry, audit map[string]any
	read(b.path("nodes/node2/conf/kubelet.yaml"), &kubelet)
	read(b.path("nodes/node2/conf/proxy.yaml"), &proxy)
	read(b.path("conf/registry.yaml"), &registry)
	read(b.path("conf/audit.yaml"), &audit)
	if kubelet["cgroupRoot"] != "/pgo-bed/node2" || kubelet["address"] != "10.213.0.12" || proxy["hostnameOverride"] != "node2" {
		t.Errorf("kubelet %v, proxy %v", kubelet, proxy)
	}
	var cni struct {
		Plugins []struct {
			IPAM struct{ Ranges [][]struct{ Subnet string } }
		}
	}
	read(b.path("nodes/node2/conf/cni/10-bed.conflist"), &cni)
	if got := cni.Plugins[0].IPAM.Ranges[0][0].Subnet; got != "10.214.2.0/24" {
		t.Errorf("pods of node2 get addresses of %s", got)
	}
}

func TestKubeconfigNamesItsUser(t *testing.T) {
	ca, _, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	id, err := ca.issue("somebody", "system:masters", "10.0.0.1", "a.example")
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Users []struct{ Name string }
	}
	if err := yaml.Unmarshal(kubeconfigFor("somebody", ca.pem, id), &config); err != nil || config.Users[0].Name != "somebody" {
		t.Errorf("%+v, %v", config, err)
	}
}

func TestPauseArchive(t *testing.T) {
	archive, err := pauseArchive([]byte("program"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name], _ = io.ReadAll(r)
	}
	var manifest []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil {
		t.Fatal(err)
	}
	if m := manifest[0]; m.RepoTags[0] != pauseImage || files[m.Config] == nil || files[m.Layers[0]] == nil {
		t.Errorf("%+v", m)
	}
}

func claim() *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: "data", Namespace: "ns", UID: "1-2", Annotations: map[string]string{selectedNodeKey: "node3"}},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: ptr(className),
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOncePod},
			Resources:        corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("3Gi")}},
		},
	}
}

func TestWantedClaims(t *testing.T) {
	if node, ok := wanted(claim()); !ok || node != "node3" {
		t.Errorf("%q, %v", node, ok)
	}
	for what, change := range map[string]func(*corev1.PersistentVolumeClaim){
		"bound":            func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeName = "pv" },
		"without node":     func(c *corev1.PersistentVolumeClaim) { c.Annotations = nil },
		"of another class": func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = ptr("fast") },
		"without class":    func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = nil },
		"being deleted":    func(c *corev1.PersistentVolumeClaim) { c.DeletionTimestamp = &metav1.Time{} },
	} {
		c := claim()
		change(c)
		if _, ok := wanted(c); ok {
			t.Errorf("a claim %s gets a volume", what)
		}
	}
}

func TestLocalVolume(t *testing.T) {
	pv := localVolume(claim(), "node3", "/somewhere")
	size := pv.Spec.Capacity[corev1.ResourceStorage]
	if size.String() != "3Gi" || pv.Spec.AccessModes[0] != corev1.ReadWriteOncePod || pv.Spec.ClaimRef.UID != "1-2" {
		t.Errorf("%+v", pv.Spec)
	}
	if got := pv.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0].Values; !slices.Equal(got, []string{"node3"}) {
		t.Errorf("bound to %v", got)
	}
	c := claim()
	c.Spec.VolumeMode = ptr(corev1.PersistentVolumeBlock)
	if makeable(c, size) == nil || makeable(claim(), resource.MustParse("4Ki")) == nil || makeable(claim(), size) != nil {
		t.Error("claims are judged wrongly")
	}
}

func pod(states ...corev1.ContainerStatus) corev1.Pod {
	return corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns"}, Status: corev1.PodStatus{ContainerStatuses: states}}
}

func TestContainers(t *testing.T) {
	running := corev1.ContainerStatus{Name: "a", ContainerID: "containerd://abc", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}
	ended := corev1.ContainerStatus{Name: "b", ContainerID: "containerd://def"}
	p := pod(running, ended)
	if id, err := containerID(&p, "a"); err != nil || id != "abc" {
		t.Errorf("%q, %v", id, err)
	}
	for _, name := range []string{"b", "c"} {
		if _, err := containerID(&p, name); err == nil {
			t.Errorf("the container %s has an ID", name)
		}
	}
	before := runningContainers([]corev1.Pod{p})
	if len(before) != 1 {
		t.Errorf("%v", before)
	}
	if late := notRestarted([]corev1.Pod{pod(running)}, before); len(late) != 1 {
		t.Errorf("a pod as it was before counts as restarted: %v", late)
	}
	running.ContainerID = "containerd://new"
	if late := notRestarted([]corev1.Pod{pod(running)}, before); len(late) != 0 {
		t.Errorf("%v", late)
	}
}
