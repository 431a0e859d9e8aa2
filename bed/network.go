package main

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
)

// The network of the bed:
//
//	machine ── pgo0 ─┐
//	                 br0 (in netns pgo-control: API server, DNS, registry, kube-proxy)
//	netns pgo-node1 ─┤
//	netns pgo-node2 ─┤      each node: eth0 here, cni0 towards its pods
//	netns pgo-node3 ─┘
//
// The bridge lives in the control namespace, so that the machine's own firewall never sees what passes between nodes.

func netnsExists(name string) bool { return exists("/run/netns/" + name) }

func linkExists(name string) bool { return exists("/sys/class/net/" + name) }

// owner returns the state directory of the bed that runs on this machine, or "".
func owner() string {
	alias, _ := os.ReadFile("/sys/class/net/" + hostLink + "/ifalias")
	return strings.TrimSpace(strings.TrimPrefix(string(alias), "pgo-bed "))
}

// setSysctls writes settings of a network namespace.
func setSysctls(netns string, settings ...string) error {
	_, err := run("nsenter", append([]string{"--net=/run/netns/" + netns, "--", "sysctl", "-qw"}, settings...)...)
	return err
}

// makeControlNet creates the bridge's namespace and the machine's leg with its routes.
func (b *bed) makeControlNet() error {
	if netnsExists(controlNetns) && linkExists(hostLink) && exists(b.path("run", "network-made")) {
		return nil
	}
	removeNetwork() // half of an earlier attempt
	if err := runAll("ip netns add "+controlNetns,
		fmt.Sprintf("ip link add %s type veth peer name host netns %s", hostLink, controlNetns)); err != nil {
		return err
	}
	if _, err := run("ip", "link", "set", hostLink, "alias", "pgo-bed "+b.state); err != nil {
		return err
	}
	// Bridged frames must not pass the rules of the control namespace's kube-proxy, and packets that leave where they
	// came in must not make the kernel teach the sender a shorter way round the address translation.
	if err := setSysctls(controlNetns, "net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=0",
		"net.ipv4.conf.all.send_redirects=0", "net.ipv4.conf.default.send_redirects=0"); err != nil {
		return err
	}
	ctl := "ip -n " + controlNetns
	lines := []string{
		ctl + " link set lo up",
		ctl + " link add " + bridgeName + " address 02:50:67:6f:00:02 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
		ctl + " addr add " + controlIP + "/24 dev " + bridgeName,
		ctl + " link set " + bridgeName + " up",
		ctl + " link set host master " + bridgeName + " up",
		// What a program sends itself is routed before kube-proxy's rules change the address: Services need a route.
		ctl + " route add " + svcSubnet + " dev " + bridgeName,
		"ip addr add " + hostIP + "/24 dev " + hostLink,
		"ip link set " + hostLink + " up",
		"ip route add " + svcSubnet + " via " + controlIP + " dev " + hostLink,
	}
	for _, n := range allNodes() {
		lines = append(lines,
			ctl+" route add "+n.podCIDR()+" via "+n.ip()+" dev "+bridgeName,
			"ip route add "+n.podCIDR()+" via "+n.ip()+" dev "+hostLink)
	}
	if err := runAll(lines...); err != nil {
		return err
	}
	return writeFile(b.path("run", "network-made"), nil, 0o644)
}

// makeNodeNet creates the namespace of a node, as it is after a machine has booted.
func (b *bed) makeNodeNet(n node) error {
	made := b.path("run", n.name()+".network-made")
	if netnsExists(n.netns()) && exists(made) {
		return nil
	}
	removeNodeNet(n)
	in := "ip -n " + n.netns()
	if err := runAll("ip netns add "+n.netns(),
		fmt.Sprintf("ip link add eth0 address %s netns %s type veth peer name %s netns %s", n.mac(), n.netns(), n.name(), controlNetns)); err != nil {
		return err
	}
	if err := setSysctls(n.netns(), "net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=1"); err != nil {
		return err
	}
	lines := []string{
		in + " link set lo up",
		in + " addr add " + n.ip() + "/24 dev eth0",
		in + " link set eth0 up",
		in + " route add " + svcSubnet + " via " + controlIP + " dev eth0",
		"ip -n " + controlNetns + " link set " + n.name() + " master " + bridgeName + " up",
	}
	for _, other := range allNodes() {
		if other != n {
			lines = append(lines, in+" route add "+other.podCIDR()+" via "+other.ip()+" dev eth0")
		}
	}
	if err := runAll(lines...); err != nil {
		return err
	}
	return writeFile(made, nil, 0o644)
}

// plug connects a node to the bridge or takes it off; an unplugged node hears and says nothing.
func plug(n node, in bool) error {
	state := "down"
	if in {
		state = "up"
	}
	return runAll("ip -n " + controlNetns + " link set " + n.name() + " " + state)
}

// plugged tells whether the node is connected to the bridge.
func plugged(n node) bool {
	out, err := run("ip", "-n", controlNetns, "-o", "link", "show", n.name())
	return err == nil && strings.Contains(out, ",UP")
}

// removeNodeNet deletes a node's namespace. Its link goes first: the kernel clears namespaces later, links at once.
func removeNodeNet(n node) {
	_, _ = run("ip", "-n", controlNetns, "link", "del", n.name())
	if netnsExists(n.netns()) {
		_, _ = run("ip", "netns", "del", n.netns())
	}
}

// removeNetwork deletes every namespace and link of the bed; routes and rules go with them.
func removeNetwork() {
	for _, n := range allNodes() {
		removeNodeNet(n)
	}
	if linkExists(hostLink) {
		_, _ = run("ip", "link", "del", hostLink)
	}
	if netnsExists(controlNetns) {
		_, _ = run("ip", "netns", "del", controlNetns)
	}
}

// overlapping returns the first route of the machine (lines of "ip -4 route show table all") that covers part of the
// bed's addresses and is not the bed's own.
func overlapping(routes string) (string, bool) {
	var ours []netip.Prefix
	for _, s := range []string{bedSubnet, podSubnet, svcSubnet} {
		ours = append(ours, netip.MustParsePrefix(s))
	}
	for _, line := range strings.Split(routes, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.Contains(line, "dev "+hostLink) {
			continue
		}
		dst := words[0]
		if dst == "local" || dst == "broadcast" || dst == "unreachable" || dst == "blackhole" {
			if len(words) < 2 {
				continue
			}
			dst = words[1]
		}
		prefix, err := netip.ParsePrefix(dst)
		if err != nil {
			addr, err := netip.ParseAddr(dst)
			if err != nil {
				continue // "default" and others without an address
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		for _, o := range ours {
			if o.Overlaps(prefix) && prefix.Bits() > 1 {
				return strings.TrimSpace(line), true
			}
		}
	}
	return "", false
}
