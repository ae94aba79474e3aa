package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/embed"
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
func newComponents(path string) (components, error) {
	c := components{apiServer: apiserveroptions.NewServerRunOptions(), scheduler: scheduleroptions.NewOptions()}
	var err error
	if c.controllerManager, err = manageroptions.NewKubeControllerManagerOptions(); err != nil {
		return c, err
	}
	given, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	var flags map[string][]string
	if err := json.Unmarshal(given, &flags); err != nil {
		return c, err
	}
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	return c, errors.Join(
		parse(c.apiServer.Flags(), flags["kube-apiserver"]),
		parse(c.controllerManager.Flags(controllers()), flags["kube-controller-manager"]),
		parse(*c.scheduler.Flags, flags["kube-scheduler"]),
		c.apiServer.GenericServerRunOptions.ComponentGlobalsRegistry.Set(),
	)
}

func controllers() (known, disabled []string, aliases map[string]string) {
	return manager.KnownControllers(), manager.ControllersDisabledByDefault(), manager.ControllerAliases()
}

func parse(named cliflag.NamedFlagSets, args []string) error {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, each := range named.FlagSets {
		flags.AddFlagSet(each)
	}
	return flags.Parse(args)
}

func (c components) runAPIServer(ctx context.Context) error {
	completed, err := c.apiServer.Complete(ctx)
	if err != nil {
		return err
	}
	if errs := completed.Validate(); len(errs) > 0 {
		return errors.Join(errs...)
	}
	return apiserver.Run(ctx, completed)
}

func (c components) runControllerManager(ctx context.Context) error {
	known, disabled, aliases := controllers()
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
