// An application that knows nothing of probes: they are put into it while it runs.
//
// Argument: the port.

const { createRequire } = require("node:module");
const { join } = require("node:path");

const load = createRequire(join(process.env.HANNUN_NODE_MODULES, "package.json"));
load("dd-trace").init();
const express = load("express");

function total(items, customer) {
  const subtotal = items.reduce((sum, item) => sum + item.price, 0);
  const password = "hunter2";
  const cardNo = "4111111111111111";
  const vat = subtotal / 10;
  return subtotal + vat + 0 * (password + cardNo).length; // the probed line
}

const app = express();
app.get("/orders/:number", (request, response) => {
  const customer = { id: Number(request.params.number), name: "손님", apiKey: "k-123456" };
  const items = [{ dish: "kimbap", price: 4500 }, { dish: "tea", price: 1500 }];
  response.json({ total: total(items, customer) });
});
app.listen(Number(process.argv[2]), "127.0.0.1");
