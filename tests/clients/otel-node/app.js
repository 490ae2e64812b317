// OpenTelemetry for Node.js with express and the AWS SDK v3.
const { AWSXRayIdGenerator } = require("@opentelemetry/id-generator-aws-xray");
const { AwsInstrumentation } = require("@opentelemetry/instrumentation-aws-sdk");
const { ExpressInstrumentation } = require("@opentelemetry/instrumentation-express");
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const { NodeSDK } = require("@opentelemetry/sdk-node");

const telemetry = new NodeSDK({
  idGenerator: process.env.IDS === "xray" ? new AWSXRayIdGenerator() : undefined,
  instrumentations: [new AwsInstrumentation(), new ExpressInstrumentation(), new HttpInstrumentation()],
});
telemetry.start();

const http = require("http");
const { DynamoDBClient, GetItemCommand, ListTablesCommand } = require("@aws-sdk/client-dynamodb");
const express = require("express");

const dynamodb = new DynamoDBClient();
const get = (url) => new Promise((resolve) => http.get(url, (answer) => answer.resume().on("end", resolve)));

const app = express();
app.get("/", async (_, response) => {
  await dynamodb.send(new ListTablesCommand());
  await dynamodb.send(new GetItemCommand({ TableName: "orders", Key: { id: { S: "1" } } })).catch(() => {});
  await get(process.env.REMOTE_URL);
  response.send("ordered");
});

const server = app.listen(0, () => {
  const socket = require("net").connect(server.address().port, "127.0.0.1", () =>
    socket.write("GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"));
  socket.resume().on("close", () => telemetry.shutdown().then(() => process.exit()));
});
