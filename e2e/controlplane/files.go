package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// files is where things are in the data folder.
type files struct{ data, kubeconfig, auditPolicy, auditLog string }

func (f files) cert(name string) string { return filepath.Join(f.data, "pki", name+".crt") }
func (f files) key(name string) string  { return filepath.Join(f.data, "pki", name+".key") }

// Everything is worth a line with its verb and user. Of bodies only those that somebody else grants or refuses by what they say: CDI asks who
// may clone from another namespace.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Request
  verbs: [patch]
  resources: [{group: cdi.kubevirt.io, resources: [datavolumes]}]
- level: Metadata
`

// writeFiles makes keys and certificates where there are none, so that a control plane started again on its folder is the same one.
func writeFiles(data string, port int) (files, error) {
	f := files{data, filepath.Join(data, "kubeconfig"), filepath.Join(data, "audit-policy.yaml"), filepath.Join(data, "audit.log")}
	if err := os.MkdirAll(filepath.Join(data, "pki"), 0o700); err != nil {
		return f, err
	}
	if err := os.WriteFile(f.auditPolicy, []byte(auditPolicy), 0o600); err != nil {
		return f, err
	}
	if _, err := os.Stat(f.cert("admin")); errors.Is(err, fs.ErrNotExist) {
		if err := writeKeys(f); err != nil {
			return f, err
		}
	} else if err != nil {
		return f, err
	}
	return f, writeKubeconfig(f, port)
}

// sayReady tells whoever started the control plane: by a file that is there whole or not at all, and by a line.
func (f files) sayReady(port int) error {
	ready, err := json.Marshal(map[string]any{"pid": os.Getpid(), "port": port, "kubeconfig": f.kubeconfig})
	if err != nil {
		return err
	}
	path := filepath.Join(f.data, "ready.json")
	if err := os.WriteFile(path+".new", ready, 0o600); err != nil {
		return err
	}
	fmt.Printf("ready %d %s\n", port, f.kubeconfig)
	return os.Rename(path+".new", path)
}

func writeKeys(f files) error {
	ca, err := newAuthority(f, "ca")
	if err != nil {
		return err
	}
	proxyCA, err := newAuthority(f, "front-proxy-ca")
	if err != nil {
		return err
	}
	if _, err := newKey(f, "service-accounts"); err != nil {
		return err
	}
	if err := proxyCA.issue(f, "front-proxy", pkix.Name{CommonName: "front-proxy"}); err != nil {
		return err
	}
	if err := ca.issue(f, "apiserver", pkix.Name{CommonName: "kube-apiserver"}); err != nil {
		return err
	}
	// Last: it tells that all the others are there.
	return ca.issue(f, "admin", pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}})
}

type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func newAuthority(f files, name string) (*authority, error) {
	key, err := newKey(f, name)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{certificate, key}, writePEM(f.cert(name), "CERTIFICATE", der)
}

// issue writes a key and a certificate that serve 127.0.0.1 and show who a client is.
func (a *authority) issue(f files, name string, subject pkix.Name) error {
	key, err := newKey(f, name)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: subject,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 96, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return err
	}
	return writePEM(f.cert(name), "CERTIFICATE", der)
}

func newKey(f files, name string) (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writePEM(f.key(name), "EC PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

// writeKubeconfig puts everything into the file itself, so that it can be copied.
func writeKubeconfig(f files, port int) error {
	config := clientcmdapi.NewConfig()
	config.Clusters["kumulus"] = &clientcmdapi.Cluster{
		Server: fmt.Sprintf("https://127.0.0.1:%d", port), CertificateAuthority: f.cert("ca"),
	}
	config.AuthInfos["admin"] = &clientcmdapi.AuthInfo{ClientCertificate: f.cert("admin"), ClientKey: f.key("admin")}
	config.Contexts["admin"] = &clientcmdapi.Context{Cluster: "kumulus", AuthInfo: "admin", Namespace: "default"}
	config.CurrentContext = "admin"
	if err := clientcmdapi.FlattenConfig(config); err != nil {
		return err
	}
	return clientcmd.WriteToFile(*config, f.kubeconfig)
}
