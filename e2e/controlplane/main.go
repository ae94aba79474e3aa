// Command controlplane runs a Kubernetes control plane in one process: etcd, kube-apiserver, kube-controller-manager and kube-scheduler.
// Whoever starts it has prepared a folder: `flags.json` says for each component, by its name, the flags that it would be started with, and
// `kubeconfig` is an administrator's. etcd's data and its sockets are put there too. Nodes and what runs on them are somebody else's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

func main() {
	data := flag.String("data", "", "folder with flags.json and kubeconfig")
	flag.Parse()
	if *data == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "controlplane: -data names the folder to work in, and nothing else is taken. Try -help.")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	go stopWithParent(os.Getppid(), stop)
	if err := run(ctx, *data); err != nil {
		fmt.Fprintf(os.Stderr, "controlplane: %v\n", err)
		os.Exit(1)
	}
}

// stopWithParent ends a control plane that nobody would end any more.
func stopWithParent(parent int, stop func()) {
	for os.Getppid() == parent {
		time.Sleep(time.Second)
	}
	stop()
}

// run returns when it is told to stop or a component ends, with everything stopped.
func run(ctx context.Context, data string) error {
	data, err := filepath.Abs(data)
	if err != nil {
		return err
	}
	components, err := newComponents(filepath.Join(data, "flags.json"))
	if err != nil {
		return fmt.Errorf("flags: %w", err)
	}
	etcd, err := startEtcd(data)
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer etcd.Close()
	return runComponents(ctx, components, data)
}

func runComponents(ctx context.Context, components components, data string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// The API server goes last: the others give up what they hold through it.
	apiCtx, stopAPIServer := context.WithCancel(context.WithoutCancel(ctx))
	defer stopAPIServer()
	running := []<-chan struct{}{start(cancel, "kube-apiserver", func() error { return components.runAPIServer(apiCtx) })}
	err := waitUntilReady(ctx, filepath.Join(data, "kubeconfig"))
	if err == nil {
		running = append(running,
			start(cancel, "kube-controller-manager", func() error { return components.runControllerManager(ctx) }),
			start(cancel, "kube-scheduler", func() error { return components.runScheduler(ctx) }))
		if err = sayReady(data); err == nil {
			<-ctx.Done()
		}
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	cancel(nil)
	for _, done := range running[1:] {
		<-done
	}
	stopAPIServer()
	<-running[0]
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

var errEnded = errors.New("ended by itself")

// start runs a component; one that ends, for whatever reason, ends all.
func start(cancel context.CancelCauseFunc, name string, component func() error) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := component()
		if err == nil {
			err = errEnded
		}
		cancel(fmt.Errorf("%s: %w", name, err))
	}()
	return done
}

func waitUntilReady(ctx context.Context, kubeconfig string) error {
	client, err := clientOf(kubeconfig)
	if err != nil {
		return err
	}
	return wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		_, err := client.Get().AbsPath("/readyz").DoRaw(ctx)
		return err == nil, nil
	})
}

// sayReady tells whoever started the control plane, by a file that is there whole or not at all.
func sayReady(data string) error {
	path := filepath.Join(data, "ready.json")
	if err := os.WriteFile(path+".new", fmt.Appendf(nil, "{\"pid\": %d}\n", os.Getpid()), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
