// Decides as containerd does whether it accepts a server: crypto/tls with the CA file as its only roots.
// stdin: a JSON list of cases. stdout: a JSON list with the error of each case, empty where it is accepted.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"os"
	"time"
)

type testCase struct {
	Cert, Key, CA, Address string
	Now                    int64
}

func main() {
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	results := make([]string, len(cases))
	for index, current := range cases {
		if err := connect(current); err != nil {
			results[index] = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		panic(err)
	}
}

func connect(current testCase) error {
	pair, err := tls.X509KeyPair([]byte(current.Cert), []byte(current.Key))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(current.CA)) {
		return os.ErrInvalid
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	go func() {
		if connection, err := listener.Accept(); err == nil {
			defer connection.Close()
			connection.(*tls.Conn).Handshake()
		}
	}()
	client, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{
		RootCAs:    roots,
		ServerName: current.Address,
		Time:       func() time.Time { return time.Unix(current.Now, 0) },
	})
	if err != nil {
		return err
	}
	return client.Close()
}
