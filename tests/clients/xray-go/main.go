// The X-Ray SDK for Go with net/http and the AWS SDK v2.
package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-xray-sdk-go/instrumentation/awsv2"
	"github.com/aws/aws-xray-sdk-go/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/xray"
)

func order(answer http.ResponseWriter, request *http.Request) {
	context := request.Context()
	settings, err := config.LoadDefaultConfig(context)
	if err != nil {
		panic(err)
	}
	awsv2.AWSV2Instrumentor(&settings.APIOptions)
	client := dynamodb.NewFromConfig(settings)
	client.ListTables(context, &dynamodb.ListTablesInput{})
	key := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "1"}}
	client.GetItem(context, &dynamodb.GetItemInput{TableName: aws.String("orders"), Key: key})
	remote, err := http.NewRequestWithContext(context, "GET", os.Getenv("REMOTE_URL"), nil)
	if err != nil {
		panic(err)
	}
	xray.Client(nil).Do(remote)
}

func main() {
	all, err := sampling.NewLocalizedStrategyFromJSONBytes(
		[]byte(`{"version": 2, "default": {"fixed_target": 0, "rate": 1}, "rules": []}`))
	if err != nil {
		panic(err)
	}
	xray.Configure(xray.Config{SamplingStrategy: all})
	server := httptest.NewServer(xray.Handler(xray.NewFixedSegmentNamer("shop"), http.HandlerFunc(order)))
	http.Get(server.URL)
	time.Sleep(time.Second)
}
