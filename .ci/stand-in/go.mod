module stand-in

go 1.24

require github.com/aws/aws-sdk-go-v2 v1.46.0

require github.com/aws/smithy-go v1.28.1 // indirect
