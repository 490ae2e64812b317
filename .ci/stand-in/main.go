// A stand-in for the AWS X-Ray daemon, not AWS's daemon: one static program with its command line, its two ports and its
// way of signing, for the image that images/xray-daemon/Dockerfile makes of a release.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Segments in one call at most, as in the daemon (aws/aws-xray-daemon, pkg/cfg/cfg.go).
const batchSegments = 50

// How long an answer may take, and the last datagrams once it is to stop.
const answerTime, lastTime = 5 * time.Second, 200 * time.Millisecond

// The daemon's own options (cmd/tracing/daemon.go); an unknown one ends it.
var (
	region     = flag.String("n", "", "AWS region")
	udpAddress = flag.String("b", "127.0.0.1:2000", "where segments come to")
	tcpAddress = flag.String("t", "127.0.0.1:2000", "where sampling requests come to")
	configFile = flag.String("c", "", "YAML file; only Endpoint is read")
	_          = flag.Bool("o", false, "has no meaning here")
	_          = flag.String("l", "", "has no meaning here")
	_          = flag.Int("m", 0, "has no meaning here")
)

var endpoint string

var client = http.Client{Timeout: answerTime}

// Writes entries in the daemon's format (pkg/cfg/cfg.go, LogFormat), which make verify reads.
type stamped struct{}

func (stamped) Write(entry []byte) (int, error) {
	return fmt.Fprintf(os.Stderr, "%s %s", time.Now().Format(time.RFC3339), entry)
}

func main() {
	flag.Parse()
	log.SetFlags(0)
	log.SetOutput(stamped{})
	log.Print("This is a stand-in for the AWS X-Ray daemon, not AWS's daemon.")
	endpoint = fmt.Sprintf("https://xray.%s.amazonaws.com", *region)
	if *configFile != "" {
		config, err := os.ReadFile(*configFile)
		check(err)
		endpoint = string(regexp.MustCompile(`(?m)^Endpoint: (\S+)`).FindSubmatch(config)[1])
	}
	udp, err := net.ListenPacket("udp", *udpAddress)
	check(err)
	// The last to be opened: this port says that the rest is ready.
	tcp, err := net.Listen("tcp", *tcpAddress)
	check(err)
	segments := make(chan string, 10_000)
	go receive(udp, segments)
	go http.Serve(tcp, http.HandlerFunc(forward))
	go func() {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
		<-stop
		udp.SetReadDeadline(time.Now().Add(lastTime))
	}()
	send(segments)
}

func check(err error) {
	if err != nil {
		log.Fatalf("[Error] %v", err)
	}
}

func receive(udp net.PacketConn, segments chan<- string) {
	defer close(segments)
	datagram := make([]byte, 64*1024)
	for {
		n, _, err := udp.ReadFrom(datagram)
		if err != nil {
			return
		}
		if header, segment, found := bytes.Cut(datagram[:n], []byte("\n")); found {
			segments <- string(segment)
		} else {
			log.Printf("[Warn] Missing header or segment: %s", header)
		}
	}
}

func send(segments <-chan string) {
	for segment := range segments {
		batch := []string{segment}
		for len(batch) < batchSegments && len(segments) > 0 {
			batch = append(batch, <-segments)
		}
		body, _ := json.Marshal(map[string]any{"TraceSegmentDocuments": batch})
		status, answer, err := call("/TraceSegments", body)
		if err != nil || status != http.StatusOK {
			log.Printf("[Error] Sending segment batch failed with: %v, StatusCode: %d, %s", err, status, answer)
		}
	}
}

func forward(writer http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	status, answer, err := call(request.URL.Path, body)
	if err != nil {
		status = http.StatusBadGateway
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	writer.Write(answer)
}

// call signs a request for AWS X-Ray, sends it, and returns the status and the body of the answer.
func call(path string, body []byte) (int, []byte, error) {
	request, err := http.NewRequest(http.MethodPost, endpoint+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	credentials := aws.Credentials{
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
	}
	hash := sha256.Sum256(body)
	signed := hex.EncodeToString(hash[:])
	if err := v4.NewSigner().SignHTTP(context.Background(), credentials, request, signed, "xray", *region, time.Now()); err != nil {
		return 0, nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}
