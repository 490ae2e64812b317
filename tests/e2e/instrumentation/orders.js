// Asks the next service, in Node.js; nothing here traces.
const http = require("node:http");

http.createServer((_, answer) => {
  http.get(process.env.NEXT_URL, (next) => next.pipe(answer)).on("error", (error) => {
    answer.writeHead(502);
    answer.end(String(error));
  });
}).listen(process.env.PORT, "0.0.0.0");
