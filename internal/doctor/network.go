package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// What stands between the switchboard and its phones.

// world says whether some port can be reached from other machines.
func (e *examination) world() bool {
	for _, p := range e.in.Ports {
		if !p.Addr.Addr().IsLoopback() {
			return true
		}
	}
	return false
}

// firewall reads the rules of nftables or iptables, which only root may.
func (e *examination) firewall() {
	if !e.world() {
		e.say("firewall", OK, "", "nothing listens but on loopback")
		return
	}
	rules, err := e.m.Command("nft", "list", "ruleset")
	if err != nil || strings.TrimSpace(rules) == "" {
		rules, err = e.m.Command("iptables", "-S")
	}
	frontend := ""
	switch {
	case strings.Contains(e.read("/etc/ufw/ufw.conf"), "ENABLED=yes"):
		frontend = "ufw"
	case e.exists("/run/firewalld"):
		frontend = "firewalld"
	}
	switch {
	case err != nil && frontend != "":
		e.say("firewall", Warn, "run this as root", "%s is on, and its rules cannot be read", frontend)
		return
	case err != nil:
		e.say("firewall", OK, "", "no firewall was found that can be read (nft, iptables)")
		return
	}
	if !drops(rules) {
		e.say("firewall", OK, "", "what comes in is not dropped by default")
		return
	}
	var shut []string
	for _, p := range e.in.Ports {
		if !p.Addr.Addr().IsLoopback() && !names(rules, int(p.Addr.Port())) {
			shut = append(shut, fmt.Sprintf("%d/%s (%s)", p.Addr.Port(), p.Proto, p.What))
		}
	}
	if !names(rules, e.in.RTP[0]) && !strings.Contains(rules, fmt.Sprintf("%d-%d", e.in.RTP[0], e.in.RTP[1])) && !strings.Contains(rules,
		fmt.Sprintf("%d:%d", e.in.RTP[0], e.in.RTP[1])) {
		shut = append(shut, fmt.Sprintf("%d-%d/udp (audio)", e.in.RTP[0], e.in.RTP[1]))
	}
	if len(shut) == 0 {
		e.say("firewall", OK, "", "the firewall drops by default, and names the ports that are used")
		return
	}
	e.say("firewall", Warn, "open them for your phones and your provider", "the firewall drops by default, and no rule names %s",
		strings.Join(shut, ", "))
}

var dropping = regexp.MustCompile(`hook input[^}]*policy drop|(?m)^-P INPUT (DROP|REJECT)|hook input[^}]*\breject\b`)

// drops says whether the rules let nothing in by default.
func drops(rules string) bool { return dropping.MatchString(rules) }

// names says whether a port stands in the rules, by itself or within a range.
func names(rules string, port int) bool {
	for _, m := range regexp.MustCompile(`\b(\d+)(?:[-:](\d+))?\b`).FindAllStringSubmatch(rules, -1) {
		var low, high int
		fmt.Sscan(m[1], &low)
		if high = low; m[2] != "" {
			fmt.Sscan(m[2], &high)
		}
		if low == port || m[2] != "" && low <= port && port <= high {
			return true
		}
	}
	return false
}

// nat looks for the signs of one: private addresses, and the kernel's own SIP-ALG.
func (e *examination) nat() {
	modules := e.read("/proc/modules")
	for _, m := range []string{"nf_nat_sip", "nf_conntrack_sip"} {
		if strings.Contains(modules, m+" ") {
			e.say("nat", Warn, "modprobe -r nf_nat_sip nf_conntrack_sip, and no line for them in /etc/modules-load.d",
				"the kernel rewrites SIP by itself (%s, a SIP-ALG), often wrongly: calls without audio, calls that drop", m)
			break
		}
	}
	var private, public []string
	for _, a := range e.m.Addresses() {
		if a.IsPrivate() || shared.Contains(a) {
			private = append(private, a.String())
		} else if a.Is4() {
			public = append(public, a.String())
		}
	}
	lines := "two lines in [general] of sip.conf:\nexternaddr=<the address that the world sees>\nlocalnet=<your network>, as " +
		"192.168.1.0/255.255.255.0"
	switch {
	case !e.world():
		e.say("nat", OK, "", "nothing listens but on loopback; udpbindaddr=0.0.0.0 in sip.conf opens it to phones")
	case e.in.External && !e.in.LocalNets:
		e.say("nat", Warn, "localnet=<your network> in [general] of sip.conf",
			"externaddr without localnet: phones in the house are told the address outside as well")
	case e.in.External:
		e.say("nat", OK, "", "the address outside is written down (externaddr)")
	case len(public) > 0:
		e.say("nat", OK, "", "this machine has a public address, %s", public[0])
	case e.in.Outside:
		e.say("nat", Warn, lines, "this machine has private addresses only (%s), and there are peers outside: they are told an address that "+
			"they cannot reach", strings.Join(private, ", "))
	default:
		e.say("nat", OK, "", "all addresses are private (%s), and so is everybody in sip.conf", strings.Join(private, ", "))
	}
}

// shared is the space of providers' NAT (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// container says where it runs in one, and behind what.
func (e *examination) container() {
	kind := ContainerOf(e.m.Root)
	if kind == "" {
		return
	}
	device, bridged := Bridged(e.m.Root)
	if bridged && !e.in.External {
		e.say("container", Warn, BridgeRemedy, "this is a container (%s) behind a bridge (%s): phones are told an address that only the host "+
			"can reach", kind, device)
		return
	}
	e.say("container", OK, "", "this is a container (%s)", kind)
}

// BridgeRemedy is what helps a container behind a bridge.
const BridgeRemedy = "run it with the host's network (--network host, network_mode: host), or two lines in [general] of sip.conf:\n" +
	"externaddr=<the address of the host>\nlocalnet=<the network of the bridge>, as 172.17.0.0/255.255.0.0\nand publish the ports of SIP " +
	"and of rtp.conf as they are"

// ContainerOf is the kind of container that this runs in; "" is none. root is before /run and others.
func ContainerOf(root string) string {
	has := func(path string) bool { _, err := os.Stat(filepath.Join(root, path)); return err == nil }
	switch {
	case has("/.dockerenv"):
		return "docker"
	case has("/run/.containerenv"):
		return "podman"
	case os.Getenv("KUBERNETES_SERVICE_HOST") != "" && root == "":
		return "kubernetes"
	}
	if root == "" {
		return os.Getenv("container")
	}
	return ""
}

// Bridged says whether this machine's only way out is one end of a pair whose other end is in
// another network namespace: a container on a bridge. With the host's network there are others.
func Bridged(root string) (device string, yes bool) {
	links, _ := filepath.Glob(filepath.Join(root, "/sys/class/net/*"))
	for _, l := range links {
		name := filepath.Base(l)
		if name == "lo" {
			continue
		}
		index, _ := os.ReadFile(filepath.Join(l, "ifindex"))
		peer, err := os.ReadFile(filepath.Join(l, "iflink"))
		if err != nil || string(index) == string(peer) {
			return "", false
		}
		device, yes = name, true
	}
	return device, yes
}

// slow is how long a name server takes whose calls are late.
const slow = time.Second

// dns looks up what the configuration names, or asks whether there is a name server at all.
func (e *examination) dns() {
	if !strings.Contains(e.read("/etc/resolv.conf"), "nameserver") {
		level := Fail
		if len(e.in.Names) == 0 {
			level = Warn
		}
		e.say("dns", level, "", "/etc/resolv.conf names no name server")
		return
	}
	if e.m.Offline {
		e.say("dns", OK, "", "/etc/resolv.conf names a name server, which was not asked (--offline)")
		return
	}
	asked := e.in.Names
	if len(asked) == 0 {
		asked = []Name{{Host: ".", What: "the root of all names"}}
	}
	fine, seen := true, map[string]bool{}
	for _, n := range asked {
		if seen[n.Host] {
			continue
		}
		seen[n.Host] = true
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		begun := time.Now()
		err := e.m.Resolve(ctx, n.Host)
		cancel()
		switch took := time.Since(begun); {
		case err != nil && n.Host == ".":
			fine = false
			e.say("dns", Warn, "look at /etc/resolv.conf", "the name server does not answer: %v", err)
		case err != nil:
			fine = false
			e.say("dns", Fail, "look at /etc/resolv.conf, or write the address", "%s%s is not found: %v", n.What, at(n.Pos), err)
		case took > slow:
			fine = false
			e.say("dns", Warn, "", "%s%s took %.1f s", n.What, at(n.Pos), took.Seconds())
		}
	}
	if fine {
		e.say("dns", OK, "", "the name server answers")
	}
}
