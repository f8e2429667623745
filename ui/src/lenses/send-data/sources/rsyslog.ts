import { listenStep, type SnippetSettings, type Source } from "./source";

const FILE = "/etc/rsyslog.d/50-hannun.conf";

function configuration({ syslogTcp: { host, port } }: SnippetSettings): string {
  return `action(type="omfwd" target="${host}" port="${port}" protocol="tcp"
       template="RSYSLOG_SyslogProtocol23Format"
       queue.type="linkedList" action.resumeRetryCount="-1")`;
}

export const rsyslog: Source = {
  id: "rsyslog",
  name: "rsyslog",
  target: "syslog_tcp",
  admits: "anybody",
  steps: (settings) => [
    ...listenStep(settings.syslogTcp),
    { text: "configure", file: FILE, code: configuration(settings) },
    { text: "run", code: "sudo systemctl restart rsyslog" },
  ],
};
