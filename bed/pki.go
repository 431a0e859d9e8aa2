package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

// The bed has one certificate authority for everything: it serves tests on one machine, and is thrown away with them.

const certLifetime = 10 * 365 * 24 * time.Hour

type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
	pem  []byte
}

// identity is a key pair with its certificate, in PEM.
type identity struct {
	cert, key []byte
}

func newAuthority() (*authority, identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, identity{}, err
	}
	tmpl := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "pgo-bed"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(certLifetime),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		return nil, identity{}, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, identity{}, err
	}
	id := identity{cert: pemBlock("CERTIFICATE", der), key: keyPEM(key)}
	return &authority{cert: cert, key: key, pem: id.cert}, id, nil
}

// issue makes a certificate for use as client and as server under the given names and addresses.
func (a *authority) issue(commonName, organization string, hosts ...string) (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return identity{}, err
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(certLifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	if organization != "" {
		tmpl.Subject.Organization = []string{organization}
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, key.Public(), a.key)
	if err != nil {
		return identity{}, err
	}
	return identity{cert: pemBlock("CERTIFICATE", der), key: keyPEM(key)}, nil
}

func pemBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func keyPEM(key *ecdsa.PrivateKey) []byte {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		panic(err) // a key just made on a known curve can always be encoded
	}
	return pemBlock("EC PRIVATE KEY", der)
}

const kubeconfigTemplate = `apiVersion: v1
kind: Config
clusters:
- name: bed
  cluster: {server: "{{.Server}}", certificate-authority-data: {{.CA}}}
users:
- name: {{.User}}
  user: {client-certificate-data: {{.Cert}}, client-key-data: {{.Key}}}
contexts:
- name: bed
  context: {cluster: bed, user: {{.User}}}
current-context: bed
`

func kubeconfigFor(user string, ca []byte, id identity) []byte {
	b64 := base64.StdEncoding.EncodeToString
	return render(kubeconfigTemplate, map[string]string{
		"Server": apiURL, "User": user, "CA": b64(ca), "Cert": b64(id.cert), "Key": b64(id.key),
	})
}

// makeKeys writes every certificate and kubeconfig of the bed, once: the last file it writes says that all are there.
func (b *bed) makeKeys() error {
	if exists(b.kubeconfig()) {
		return nil
	}
	if err := os.MkdirAll(b.path("pki"), 0o700); err != nil {
		return err
	}
	ca, caID, err := newAuthority()
	if err != nil {
		return fmt.Errorf("cannot make the bed's certificate authority: %w", err)
	}
	save := func(name string, id identity) error {
		if err := writeFile(b.path("pki", name+".crt"), id.cert, 0o644); err != nil {
			return err
		}
		return writeFile(b.path("pki", name+".key"), id.key, 0o600)
	}
	if err := save("ca", caID); err != nil {
		return err
	}

	type cert struct{ file, name, org string }
	servers := map[cert][]string{
		{"apiserver", "kube-apiserver", ""}: {controlIP, apiClusterIP, "127.0.0.1", "localhost", "kubernetes",
			"kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"},
		{"apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters"}: nil,
		{"service-account", "service-account", ""}:                                      nil,
	}
	for _, n := range allNodes() {
		servers[cert{n.name() + "-server", "system:node:" + n.name(), "system:nodes"}] = []string{n.name(), n.ip()}
	}
	for c, hosts := range servers {
		id, err := ca.issue(c.name, c.org, hosts...)
		if err != nil {
			return err
		}
		if err := save(c.file, id); err != nil {
			return err
		}
	}

	// Each program has a user of its own, so that the audit log tells who asked what.
	clients := []cert{
		{"controller-manager", "system:kube-controller-manager", ""},
		{"scheduler", "system:kube-scheduler", ""},
		{"proxy", "system:kube-proxy", ""},
		{"dns", "bed:dns", "system:masters"},
		{"provisioner", "bed:provisioner", "system:masters"},
		{"driver", "bed:driver", "system:masters"},
		{"admin", "pgo-bed-admin", "system:masters"},
	}
	for _, n := range allNodes() {
		clients = append(clients, cert{n.name(), "system:node:" + n.name(), "system:nodes"})
	}
	for _, c := range clients {
		id, err := ca.issue(c.name, c.org)
		if err != nil {
			return err
		}
		path := b.clientConfig(c.file)
		if c.file == "admin" {
			path = b.kubeconfig()
		}
		if err := writeFile(path, kubeconfigFor(c.name, ca.pem, id), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// clientConfig is the kubeconfig of one of the bed's own programs.
func (b *bed) clientConfig(who string) string { return b.path("pki", who+".kubeconfig") }
