// Command controlplane runs a Kubernetes control plane in one process: etcd, kube-apiserver, kube-controller-manager and kube-scheduler, on
// loopback, with certificates of its own, from one data directory. Nodes and what runs on them are somebody else's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

func main() {
	data := flag.String("data", "", "folder for keys, etcd's data, the audit log and the kubeconfig; made where it isn't there")
	port := flag.Int("port", 0, "port of the API server on 127.0.0.1; a free one when 0")
	flag.Parse()
	if *data == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "controlplane: -data names the folder to work in, and nothing else is taken. Try -help.")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	go stopWithParent(os.Getppid(), stop)
	if err := run(ctx, *data, *port); err != nil {
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
func run(ctx context.Context, data string, port int) error {
	data, err := filepath.Abs(data)
	if err != nil {
		return err
	}
	if port == 0 {
		if port, err = freePort(); err != nil {
			return err
		}
	}
	files, err := writeFiles(data, port)
	if err != nil {
		return fmt.Errorf("keys and configuration: %w", err)
	}
	components, err := newComponents(files, port)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	etcd, err := startEtcd(data)
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer etcd.Close()
	return runComponents(ctx, components, files, port)
}

func runComponents(ctx context.Context, components components, files files, port int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// The API server goes last: the others give up what they hold through it.
	apiCtx, stopAPIServer := context.WithCancel(context.WithoutCancel(ctx))
	defer stopAPIServer()
	running := []<-chan struct{}{start(cancel, "kube-apiserver", func() error { return components.runAPIServer(apiCtx) })}
	err := waitUntilReady(ctx, files.kubeconfig)
	if err == nil {
		running = append(running,
			start(cancel, "kube-controller-manager", func() error { return components.runControllerManager(ctx) }),
			start(cancel, "kube-scheduler", func() error { return components.runScheduler(ctx) }))
		if err = files.sayReady(port); err == nil {
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

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
