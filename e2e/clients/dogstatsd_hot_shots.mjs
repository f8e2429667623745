// Metrics, events and checks of hot-shots.
//
// Arguments: host, port, seconds since 1970 for what says its time. Prints failures as JSON.

import { createRequire } from "node:module";
import { join } from "node:path";

const load = createRequire(join(process.env.HANNUN_NODE_MODULES, "package.json"));
const StatsD = load("hot-shots");
const [host, port, seconds] = process.argv.slice(2);
const failures = [];
const client = new StatsD({
  host,
  port: Number(port),
  prefix: "web.",
  globalTags: { env: "e2e", service: "storefront" },
  maxBufferSize: 1200,
  bufferFlushInterval: 50,
  errorHandler: (error) => failures.push(String(error)),
});

for (let index = 0; index < 500; index += 1) {
  client.increment("clicks", { page: index % 2 === 0 ? "home" : "cart" });
}
client.decrement("clicks", 3, { page: "cart" });
client.gauge("sessions", 17);
client.gauge("sessions", 23);
for (let index = 0; index < 100; index += 1) {
  client.set("visitors", `v${index % 13}`);
  client.timing("render", index + 1);
  client.histogram("items", index % 4);
  client.distribution("payload", (index + 1) * 1000);
}
client.event("배포 끝", "둘째 줄\n끝", { alert_type: "success", date_happened: new Date(Number(seconds) * 1000) }, [
  "step:done",
]);
client.check("up", client.CHECKS.WARNING, { message: "slow | but up", hostname: "web-1" }, ["zone:b"]);
client.close((error) => {
  if (error) {
    failures.push(String(error));
  }
  console.log(JSON.stringify({ failures }));
});
