// The X-Ray SDK for Node.js with express and the AWS SDK v3; the second client goes away.
const AWSXRay = require("aws-xray-sdk-core");
const xray = require("aws-xray-sdk-express");
const http = AWSXRay.captureHTTPs(require("http"));
const { DynamoDBClient, GetItemCommand, ListTablesCommand } = require("@aws-sdk/client-dynamodb");
const express = require("express");

AWSXRay.middleware.disableCentralizedSampling();
AWSXRay.middleware.setSamplingRules({ version: 2, default: { fixed_target: 0, rate: 1 }, rules: [] });
const dynamodb = AWSXRay.captureAWSv3Client(new DynamoDBClient());
const get = (url) => new Promise((resolve) => http.get(url, (answer) => answer.resume().on("end", resolve)));

const app = express();
app.use(xray.openSegment("shop"));
app.get("/", async (_, response) => {
  await dynamodb.send(new ListTablesCommand());
  await dynamodb.send(new GetItemCommand({ TableName: "orders", Key: { id: { S: "1" } } })).catch(() => {});
  await get(process.env.REMOTE_URL);
  response.send("ordered");
});
app.get("/slow", async (_, response) => {
  await new Promise((resolve) => setTimeout(resolve, 300));
  await dynamodb.send(new ListTablesCommand());
  response.send("ordered");
});
app.use(xray.closeSegment());

const plain = require("net");
const server = app.listen(0, () => {
  const port = server.address().port;
  const ask = (path, then) => {
    const socket = plain.connect(port, "127.0.0.1", () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`));
    socket.resume().on("close", then);
    return socket;
  };
  ask("/", () => {
    const leaving = ask("/slow", () => setTimeout(() => process.exit(), 1000));
    setTimeout(() => leaving.destroy(), 100);
  });
});
