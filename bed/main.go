// Command bed runs the project's test bed: a real Kubernetes cluster of three nodes on one Linux machine, and the
// faults that tests inflict on it. See README.md.
package main

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"
)

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "bed:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var state string
	root := &cobra.Command{
		Use:           "bed",
		Short:         "A real Kubernetes cluster of three nodes on one machine, and faults for it",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringVar(&state, "state", "", "state directory (default $PGO_BED_STATE or /var/lib/pgo-bed)")
	verb := func(use, short string, args int, do func(b *bed, args []string) error) *cobra.Command {
		c := &cobra.Command{Use: use, Short: short, Args: exactArgs(args), RunE: func(_ *cobra.Command, a []string) error {
			b, err := newBed(state)
			if err != nil {
				return err
			}
			return do(b, a)
		}}
		root.AddCommand(c)
		return c
	}

	verb("up", "Start the bed, or what is missing of it, and wait until all of it works", 0,
		func(b *bed, _ []string) error { return b.up() })
	var purge bool
	verb("down", "Stop the bed and remove every trace of it; builds and pushed images stay", 0,
		func(b *bed, _ []string) error { return b.down(purge) }).
		Flags().BoolVar(&purge, "purge", false, "remove the images pushed to the registry, too")
	verb("status", "Print what runs; fail when something does not", 0,
		func(b *bed, _ []string) error { return b.status() })
	verb("kubeconfig", "Print the path of the administrator's kubeconfig", 0, func(b *bed, _ []string) error {
		if !exists(b.kubeconfig()) {
			return fmt.Errorf("no bed is up in %s: run \"bed up\"", b.state)
		}
		fmt.Println(b.kubeconfig())
		return nil
	})
	verb("kill-node NODE", "Take a node away as a loss of power does", 1,
		func(b *bed, a []string) error { return b.killNode(a[0]) })
	verb("cut-node NODE", "Cut a node off the network; it goes on running", 1,
		func(b *bed, a []string) error { return b.cutNode(a[0]) })
	verb("heal-node NODE", "Undo kill-node, cut-node and freeze, and wait until the node is Ready", 1,
		func(b *bed, a []string) error { return b.healNode(a[0]) })
	verb("freeze NODE|NAMESPACE/POD|PROGRAM", "Stop every process of a node or a pod, or one program such as kube-apiserver", 1,
		func(b *bed, a []string) error { return b.freeze(a[0], true) })
	verb("thaw NODE|NAMESPACE/POD|PROGRAM", "Continue what is frozen", 1,
		func(b *bed, a []string) error { return b.freeze(a[0], false) })
	verb("kill-container NAMESPACE POD CONTAINER", "SIGKILL every process in a container", 3,
		func(b *bed, a []string) error { return b.killContainer(a[0], a[1], a[2]) })
	verb("provisioner", "Make volumes for claims (started by \"up\")", 0,
		func(b *bed, _ []string) error { return b.runProvisioner() }).Hidden = true

	enter := &cobra.Command{Use: "enter NODE COMMAND [ARGUMENT…]", Short: "Run a command in a node's namespaces",
		Args: cobra.MinimumNArgs(2), RunE: func(_ *cobra.Command, a []string) error {
			b, err := newBed(state)
			if err != nil {
				return err
			}
			argv := a[1:]
			if argv[0] == "--" {
				argv = argv[1:]
			}
			return b.enter(a[0], argv)
		}}
	enter.Flags().SetInterspersed(false)
	root.AddCommand(enter)
	return root
}

// exactArgs says what a verb wants when it gets something else.
func exactArgs(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("wrong number of arguments: use \"bed %s\"", c.Use)
		}
		return nil
	}
}

// enter runs a command inside a node with this terminal.
func (b *bed) enter(name string, argv []string) error {
	n, err := findNode(name)
	if err != nil {
		return err
	}
	if err := b.needUp(); err != nil {
		return err
	}
	pid, ok := b.pid(n.daemonName("holder"))
	if !ok {
		return fmt.Errorf("%s was killed: bring it back with \"bed heal-node %s\"", name, name)
	}
	cmd := exec.Command("nsenter", append([]string{fmt.Sprintf("--mount=/proc/%d/ns/mnt", pid),
		"--net=/run/netns/" + n.netns(), "--"}, argv...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
