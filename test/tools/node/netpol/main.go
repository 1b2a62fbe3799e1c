// Enforces NetworkPolicies on a machine of the node tests, which is the only one of its cluster:
// what is wanted of every pod becomes one table of nftables, replaced as a whole. IPv4 alone.
package main

import (
	"flag"
	"log"
	"os/exec"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// What comes within this time is one change.
const settle = 20 * time.Millisecond

func main() {
	kubeconfig := flag.String("kubeconfig", "", "file that tells how to reach the API server")
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	enforce(informers.NewSharedInformerFactory(client, 0))
}

func enforce(factory informers.SharedInformerFactory) {
	changed := make(chan struct{}, 1)
	note := func() {
		select {
		case changed <- struct{}{}:
		default: // It is noted already.
		}
	}
	pods, namespaces := factory.Core().V1().Pods(), factory.Core().V1().Namespaces()
	policies := factory.Networking().V1().NetworkPolicies()
	for _, informer := range []cache.SharedIndexInformer{
		pods.Informer(), namespaces.Informer(), policies.Informer(),
	} {
		_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { note() },
			UpdateFunc: func(any, any) { note() },
			DeleteFunc: func(any) { note() },
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	never := make(chan struct{})
	factory.Start(never)
	factory.WaitForCacheSync(never)
	note()
	applied := ""
	for range changed {
		time.Sleep(settle)
		seen := snapshot{labelsOf: map[string]labels.Set{}}
		seen.pods, _ = pods.Lister().List(labels.Everything())
		seen.policies, _ = policies.Lister().List(labels.Everything())
		all, _ := namespaces.Lister().List(labels.Everything())
		for _, namespace := range all {
			seen.labelsOf[namespace.Name] = namespace.Labels
		}
		wanted := seen.table()
		if wanted == applied {
			continue
		}
		if err := replace(wanted); err != nil {
			log.Printf("not applied: %v\n%s", err, wanted)
			time.AfterFunc(time.Second, note)
			continue
		}
		applied = wanted
		log.Printf("applied %d policies to %d pods", len(seen.policies), len(seen.pods))
	}
}

func replace(table string) error {
	nft := exec.Command("nft", "-f", "-")
	nft.Stdin = strings.NewReader(table)
	output, err := nft.CombinedOutput()
	if err != nil {
		log.Printf("nft: %s", output)
	}
	return err
}
