// An Express application under dd-trace that asks itself 200 times, every twentieth time in vain.
//
// Environment: PORT is where it listens, LINGER how many seconds it waits before it ends.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.HANNUN_NODE_MODULES}/`);
require("dd-trace").init();
const express = require("express");
const http = require("node:http");

const port = Number(process.env.PORT);
const application = express();
application.get("/orders/:number", (request, response) => {
  const number = Number(request.params.number);
  const answer = () => (number % 20 === 0 ? response.status(500).send("out of stock") : response.json({ number }));
  setTimeout(answer, number % 10 === 0 ? 50 : 1);
});

function ask(path) {
  return new Promise((resolve, reject) => {
    const call = http.get({ host: "127.0.0.1", port, path, agent: false }, (answer) => {
      answer.resume();
      answer.on("end", resolve);
    });
    call.on("error", reject);
  });
}

const server = application.listen(port, "127.0.0.1", async () => {
  for (let number = 1; number <= 200; number += 1) await ask(`/orders/${number}`);
  setTimeout(() => {
    server.close();
    process.exit(0);
  }, 1000 * Number(process.env.LINGER ?? 0));
});
