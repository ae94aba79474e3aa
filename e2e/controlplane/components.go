package main

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/embed"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	cliflag "k8s.io/component-base/cli/flag"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	apiserveroptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	manager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	manageroptions "k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	scheduleroptions "k8s.io/kubernetes/cmd/kube-scheduler/app/options"
)

// socketOf is where etcd listens: in the data folder, so that several control planes never meet and no port is taken.
func socketOf(data, name string) url.URL {
	return url.URL{Scheme: "unix", Path: filepath.Join(data, name)}
}

func startEtcd(data string) (*embed.Etcd, error) {
	config := embed.NewConfig()
	config.Dir = filepath.Join(data, "etcd")
	config.ListenClientUrls = []url.URL{socketOf(data, "etcd.sock")}
	config.ListenPeerUrls = []url.URL{socketOf(data, "peer.sock")}
	// For the other members of a cluster, which this one has not: nobody listens there.
	config.AdvertiseClientUrls = []url.URL{{Scheme: "http", Host: "localhost:2379"}}
	config.AdvertisePeerUrls = []url.URL{{Scheme: "http", Host: "localhost:2380"}}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.LogLevel = "error"
	// A test's machine that loses its power has lost the test.
	config.UnsafeNoFsync = true
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	<-etcd.Server.ReadyNotify()
	return etcd, nil
}

type components struct {
	apiServer         *apiserveroptions.ServerRunOptions
	controllerManager *manageroptions.KubeControllerManagerOptions
	scheduler         *scheduleroptions.Options
}

// newComponents reads everybody's flags before anybody runs: the three share one registry of feature gates.
func newComponents(files files, port int) (components, error) {
	c := components{apiServer: apiserveroptions.NewServerRunOptions(), scheduler: scheduleroptions.NewOptions()}
	var err error
	if c.controllerManager, err = manageroptions.NewKubeControllerManagerOptions(); err != nil {
		return c, err
	}
	known, disabled, aliases := manager.KnownControllers(), manager.ControllersDisabledByDefault(), manager.ControllerAliases()
	err = utilerrors.NewAggregate([]error{
		parse(c.apiServer.Flags(), apiServerFlags(files, port)),
		parse(c.controllerManager.Flags(known, disabled, aliases), append(clientFlags(files),
			"--service-account-private-key-file="+files.key("service-accounts"), "--root-ca-file="+files.cert("ca"),
			"--flex-volume-plugin-dir="+filepath.Join(files.data, "flexvolume"))),
		parse(*c.scheduler.Flags, clientFlags(files)),
		c.apiServer.GenericServerRunOptions.ComponentGlobalsRegistry.Set(),
	})
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	return c, err
}

func parse(named cliflag.NamedFlagSets, args []string) error {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, each := range named.FlagSets {
		flags.AddFlagSet(each)
	}
	return flags.Parse(args)
}

func apiServerFlags(files files, port int) []string {
	etcd := socketOf(files.data, "etcd.sock")
	return []string{
		"--etcd-servers=" + etcd.String(),
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port),
		// Nobody comes by way of the Service, and no endpoint may be on loopback.
		"--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.96.0.0/16",
		"--tls-cert-file=" + files.cert("apiserver"), "--tls-private-key-file=" + files.key("apiserver"),
		"--client-ca-file=" + files.cert("ca"),
		"--kubelet-client-certificate=" + files.cert("admin"), "--kubelet-client-key=" + files.key("admin"),
		"--requestheader-client-ca-file=" + files.cert("front-proxy-ca"), "--requestheader-allowed-names=front-proxy",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + files.cert("front-proxy"), "--proxy-client-key-file=" + files.key("front-proxy"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + files.key("service-accounts"), "--service-account-signing-key-file=" + files.key("service-accounts"),
		"--authorization-mode=RBAC", "--allow-privileged=true",
		"--audit-policy-file=" + files.auditPolicy, "--audit-log-path=" + files.auditLog, "--audit-log-maxsize=10000",
	}
}

// clientFlags are of a component beside the API server: it serves nothing and shares its work with nobody.
func clientFlags(files files) []string {
	return []string{
		"--kubeconfig=" + files.kubeconfig, "--authentication-kubeconfig=" + files.kubeconfig, "--authorization-kubeconfig=" + files.kubeconfig,
		"--leader-elect=false", "--secure-port=0", "--kube-api-qps=500", "--kube-api-burst=1000",
	}
}

func (c components) runAPIServer(ctx context.Context) error {
	completed, err := c.apiServer.Complete(ctx)
	if err != nil {
		return err
	}
	if errs := completed.Validate(); len(errs) > 0 {
		return utilerrors.NewAggregate(errs)
	}
	return apiserver.Run(ctx, completed)
}

func (c components) runControllerManager(ctx context.Context) error {
	known, disabled, aliases := manager.KnownControllers(), manager.ControllersDisabledByDefault(), manager.ControllerAliases()
	config, err := c.controllerManager.Config(ctx, known, disabled, aliases)
	if err != nil {
		return err
	}
	return manager.Run(ctx, config.Complete())
}

func (c components) runScheduler(ctx context.Context) error {
	config, instance, err := scheduler.Setup(ctx, c.scheduler)
	if err != nil {
		return err
	}
	return scheduler.Run(ctx, config, instance)
}

func clientOf(kubeconfig string) (*rest.RESTClient, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	return rest.UnversionedRESTClientFor(config)
}
