// An Express application under dd-trace that asks another service for what it is asked.
//
// Environment: PORT is where it listens, UPSTREAM the address of the other service.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.HANNUN_NODE_MODULES}/`);
require("dd-trace").init();
const express = require("express");
const http = require("node:http");

const application = express();

application.get("/menu/:number", (request, response) => {
  const url = `${process.env.UPSTREAM}/orders/${request.params.number}`;
  const call = http.get(url, { agent: false }, (answer) => {
    answer.resume();
    answer.on("end", () => response.status(answer.statusCode).json({}));
  });
  call.on("error", (error) => response.status(502).send(error.message));
});

application.get("/broken", () => {
  throw new TypeError("the door is shut");
});

// Nothing is written but what the tracer has to say.
application.use((error, request, response, next) => {
  response.status(500).send("broken");
  next();
});

application.listen(Number(process.env.PORT), "127.0.0.1");
