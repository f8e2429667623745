// Logs of pino, shipped to two addresses at once by two transports.
//
// Arguments: address of the first, address of the second, milliseconds since 1970, records.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.HANNUN_NODE_MODULES}/`);
const pino = require("pino");
const transport = require("pino-datadog-transport").default;
const { client } = require("@datadog/datadog-api-client");

const [first, second, startMs, records] = process.argv.slice(2);
const failed = { [first]: 0, [second]: 0 };
const sent = { [first]: 0, [second]: 0 };
const settled = () => records * 2 <= Object.values(failed).concat(Object.values(sent)).reduce((a, b) => a + b);

function shipTo(address) {
  return transport({
    ddClientConf: {
      authMethods: { apiKeyAuth: "a-key-of-datadog" },
      baseServer: new client.BaseServerConfiguration(address, {}),
    },
    service: "checkout",
    ddsource: "nodejs",
    ddtags: "env:prod,version:3",
    sendImmediate: true,
    retries: 0,
    onDebug: (text) => {
      if (text.includes("completed")) sent[address] += 1;
    },
    onError: () => {
      failed[address] += 1;
    },
  });
}

let next = 0;
const logger = pino(
  { timestamp: () => `,"time":${Number(startMs) + next}` },
  pino.multistream([{ stream: shipTo(first) }, { stream: shipTo(second) }]),
);
for (; next < records; next += 1) {
  logger.warn({ order: next, dd: { trace_id: "6551e0a7000000000fedcba987654321", span_id: "42" } }, `paid ${next} 주문`);
}
const deadline = Date.now() + 30_000;
while (!settled() && Date.now() < deadline) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
console.log(JSON.stringify({ sent: Object.values(sent), failed: Object.values(failed) }));
process.exit(0);
