package main

import (
	"fmt"
	"sort"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The cluster at one moment.
type snapshot struct {
	pods     []*core.Pod
	policies []*networking.NetworkPolicy
	labelsOf map[string]labels.Set // of namespaces, by their names
}

// The whole table. A pod that a policy selects gets a chain for each direction that is restricted:
// what no rule in it lets go on is dropped. Answers always pass.
func (s snapshot) table() string {
	sort.Slice(s.pods, func(a, b int) bool { return s.pods[a].UID < s.pods[b].UID })
	sort.Slice(s.policies, func(a, b int) bool { return s.policies[a].UID < s.policies[b].UID })
	var chains, from, to []string
	for at, pod := range s.pods {
		if !reachable(pod) {
			continue
		}
		into, restrictedIn := s.rules(pod, networking.PolicyTypeIngress)
		out, restrictedOut := s.rules(pod, networking.PolicyTypeEgress)
		if restrictedIn {
			chains = append(chains, chain(fmt.Sprintf("to%d", at), pod, into))
			to = append(to, fmt.Sprintf("%s : jump to%d", pod.Status.PodIP, at))
		}
		if restrictedOut {
			chains = append(chains, chain(fmt.Sprintf("from%d", at), pod, out))
			from = append(from, fmt.Sprintf("%s : jump from%d", pod.Status.PodIP, at))
		}
	}
	return strings.Join([]string{
		"table inet netpol",
		"delete table inet netpol",
		"table inet netpol {",
		strings.Join(chains, "\n"),
		hook("forward", dispatch("saddr", from)+dispatch("daddr", to)),
		// What a pod sends to the machine itself, the API server above all.
		hook("input", dispatch("saddr", from)),
		"}\n",
	}, "\n")
}

func chain(name string, pod *core.Pod, rules []string) string {
	body := strings.Join(append(rules, "counter drop"), "\n  ")
	return fmt.Sprintf("chain %s { # %s/%s\n  %s\n}", name, pod.Namespace, pod.Name, body)
}

func hook(name, body string) string {
	const text = "chain %s {\n  type filter hook %s priority filter - 5; policy accept;\n  ct state established,related accept\n%s}"
	return fmt.Sprintf(text, name, name, body)
}

func dispatch(field string, jumps []string) string {
	if len(jumps) == 0 {
		return ""
	}
	return fmt.Sprintf("  ip %s vmap { %s }\n", field, strings.Join(jumps, ", "))
}

// What the policies of a pod's namespace let pass in one direction, and whether any is about it.
func (s snapshot) rules(pod *core.Pod, kind networking.PolicyType) (rules []string, restricted bool) {
	for _, policy := range s.policies {
		if policy.Namespace != pod.Namespace || !matches(&policy.Spec.PodSelector, pod.Labels) {
			continue
		}
		for _, one := range policy.Spec.PolicyTypes {
			if one == kind {
				restricted = true
				rules = append(rules, s.allowed(pod, policy, kind)...)
			}
		}
	}
	return rules, restricted
}

func (s snapshot) allowed(pod *core.Pod, policy *networking.NetworkPolicy, kind networking.PolicyType) (rules []string) {
	if kind == networking.PolicyTypeIngress {
		for _, rule := range policy.Spec.Ingress {
			for _, end := range s.ends("saddr", policy.Namespace, rule.From) {
				rules = append(rules, end.let(rule.Ports, []*core.Pod{pod}, false)...)
			}
		}
		return rules
	}
	for _, rule := range policy.Spec.Egress {
		for _, end := range s.ends("daddr", policy.Namespace, rule.To) {
			rules = append(rules, end.let(rule.Ports, end.pods, true)...)
		}
	}
	return rules
}

// The other end of allowed traffic.
type end struct {
	match string
	pods  []*core.Pod
}

func (s snapshot) ends(field, namespace string, peers []networking.NetworkPolicyPeer) []end {
	if len(peers) == 0 {
		return []end{{pods: s.pods}}
	}
	var ends []end
	for _, peer := range peers {
		if peer.IPBlock != nil {
			ends = append(ends, block(field, peer.IPBlock)...)
			continue
		}
		pods := s.selected(namespace, peer)
		if len(pods) > 0 {
			ends = append(ends, end{fmt.Sprintf("ip %s { %s } ", field, strings.Join(addresses(pods), ", ")), pods})
		}
	}
	return ends
}

func block(field string, block *networking.IPBlock) []end {
	if strings.Contains(block.CIDR, ":") {
		return nil
	}
	match := fmt.Sprintf("ip %s %s ", field, block.CIDR)
	if len(block.Except) > 0 {
		match += fmt.Sprintf("ip %s != { %s } ", field, strings.Join(block.Except, ", "))
	}
	return []end{{match: match}}
}

func (s snapshot) selected(namespace string, peer networking.NetworkPolicyPeer) (pods []*core.Pod) {
	for _, pod := range s.pods {
		inNamespace := pod.Namespace == namespace
		if peer.NamespaceSelector != nil {
			inNamespace = matches(peer.NamespaceSelector, s.labelsOf[pod.Namespace])
		}
		selected := peer.PodSelector == nil || matches(peer.PodSelector, pod.Labels)
		if inNamespace && selected && reachable(pod) {
			pods = append(pods, pod)
		}
	}
	return pods
}

// The rules for some ports; a named one is looked up in the pods that would be reached.
func (e end) let(ports []networking.NetworkPolicyPort, reached []*core.Pod, toPods bool) []string {
	if len(ports) == 0 {
		return []string{e.match + "return"}
	}
	var rules []string
	for _, port := range ports {
		protocol := "tcp"
		if port.Protocol != nil {
			protocol = strings.ToLower(string(*port.Protocol))
		}
		switch {
		case port.Port == nil:
			rules = append(rules, fmt.Sprintf("%smeta l4proto %s return", e.match, protocol))
		case port.Port.Type == intstr.String:
			rules = append(rules, e.letNamed(port.Port.StrVal, protocol, reached, toPods)...)
		default:
			to := fmt.Sprint(port.Port.IntVal)
			if port.EndPort != nil {
				to = fmt.Sprintf("%d-%d", port.Port.IntVal, *port.EndPort)
			}
			rules = append(rules, fmt.Sprintf("%s%s dport %s return", e.match, protocol, to))
		}
	}
	return rules
}

func (e end) letNamed(name, protocol string, reached []*core.Pod, toPods bool) (rules []string) {
	for _, pod := range reached {
		match := e.match
		if toPods {
			match = fmt.Sprintf("ip daddr %s ", pod.Status.PodIP)
		}
		for _, container := range pod.Spec.Containers {
			for _, port := range container.Ports {
				if port.Name == name && strings.EqualFold(string(port.Protocol), protocol) && reachable(pod) {
					rules = append(rules, fmt.Sprintf("%s%s dport %d return", match, protocol, port.ContainerPort))
				}
			}
		}
	}
	return rules
}

func matches(selector *meta.LabelSelector, of map[string]string) bool {
	parsed, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(of))
}

// Whether a pod has an address of its own that is still its own.
func reachable(pod *core.Pod) bool {
	over := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
	return pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !over
}

func addresses(pods []*core.Pod) (all []string) {
	for _, pod := range pods {
		all = append(all, pod.Status.PodIP)
	}
	return all
}
