import { describe, expect, test } from "vitest";
import { settingsIn } from "./config-file.ts";

const file = "/etc/orch/controller.yaml";

/** As the seed prints it. */
const printed = `controller:
  # API server
  api:
    port: 6443
    tls_cert: /etc/orch/tls/server.crt
    tls_key: /etc/orch/tls/server.key
  
  # etcd connection
  etcd:
    endpoints:
      - http://etcd-0:2379
      - http://etcd-1:2379
      - http://etcd-2:2379
    dial_timeout: 5s
  
  # Controller settings
  workers: 10
  resync_period: 30s
  leader_election: true
  
  # Feature gates
  features:
    pod_priority: true
    pod_affinity: true
    horizontal_pod_autoscaling: true
`;

test.each(["", "\n", "# controller:\n#   workers: 10\n"])(
  "%j says nothing, which is no mistake: all may be left out",
  text => {
    expect(settingsIn(text, file)).toEqual(settingsIn("controller: {}\n", file));
  },
);

test("the file of the seed is read as it is printed", () => {
  expect(settingsIn(printed, file)).toEqual({
    listen: "127.0.0.1:6443",
    tlsCert: "/etc/orch/tls/server.crt",
    tlsKey: "/etc/orch/tls/server.key",
    tlsCa: undefined,
    etcd: {
      endpoints: ["http://etcd-0:2379", "http://etcd-1:2379", "http://etcd-2:2379"],
      dialTimeoutMs: 5_000,
    },
    workers: 10,
    resyncMs: 30_000,
    leaderElection: true,
    features: { pod_priority: true, pod_affinity: true, horizontal_pod_autoscaling: true },
  });
});

test("files lie beside it, an address of IPv6 is one, and what is left out is not said", () => {
  const { listen, tlsCert, etcd, workers } = settingsIn(
    'controller: { api: { host: "::1", port: 80, tls_cert: a.crt, tls_key: a.key } }',
    file,
  );
  expect([listen, tlsCert, etcd, workers]).toEqual(["[::1]:80", "/etc/orch/a.crt", undefined, undefined]);
  expect(settingsIn("controller: {}", file).listen).toBeUndefined();
});

describe("what is wrong is told with the file, the path, what is there and what would be right", () => {
  test.each<[string, string, readonly string[]]>([
    ["a port", "controller: { api: { port: 70000 } }", ["api.port", "0 to 65535", "70000"]],
    ["a number as text", 'controller: { workers: "10" }', ["controller.workers", "whole number", '"10"']],
    ["no worker", "controller: { workers: 0 }", ["controller.workers", "from 1 to 1000", "0"]],
    ["no unit", "controller: { resync_period: 30 }", ["resync_period", "such as 30s", "not 30"]],
    ["no time", "controller: { resync_period: 0s }", ["resync_period", "1ms or more"]],
    ["a time back", "controller: { resync_period: -5s }", ["resync_period", "1ms or more"]],
    ["yes", "controller: { leader_election: yes }", ["leader_election", "true or false", '"yes"']],
    ["half a pair", "controller: { api: { tls_key: a } }", ["api.tls_cert is missing", "api.tls_key"]],
    ["no endpoints", "controller: { etcd: {} }", ["etcd.endpoints", "is missing"]],
    ["none of them", "controller: { etcd: { endpoints: [] } }", ["etcd.endpoints", "list of URLs"]],
    ["no URL", "controller: { etcd: { endpoints: [a:1] } }", ["etcd.endpoints[0]", '"a:1"']],
    [
      "a password where it would be in every message",
      'controller: { etcd: { endpoints: ["http://root:word@a"] } }',
      ["etcd.endpoints[0]", "user and password apart"],
    ],
    ["no password", "controller: { etcd: { endpoints: [http://a], user: b } }", ["password is missing"]],
    ["a feature", "controller: { features: { pod_afinity: true } }", ["pod_afinity", 'mean "pod_affinity"']],
    ["a field", "controller: { worker: 1 }", ['"worker" in controller', 'mean "workers"']],
    ["a field at the top", "controler: {}", ['"controler"', 'mean "controller"']],
    ["a list", "- controller", ["a map with the key controller", "a list"]],
    ["a word", "controller", ['"controller"']],
    ["no value", "controller: { workers: }", ["controller.workers has no value"]],
    ["half a text", "controller: { api: ", ["no YAML"]],
    ["an alias to itself", "controller: &c { workers: 2, api: *c }", ["no YAML", "an alias stands within"]],
    ["a key twice", "controller: { workers: 1, workers: 2 }", ["no YAML", "duplicated", "(1:27)"]],
  ])("%s", (_, text, said) => {
    for (const each of [file, ...said]) expect(() => settingsIn(text, file)).toThrow(each);
  });

  test("all at once", () => {
    const text = "controller: { workers: 0, resync_period: x, features: { pod_priority: 1 }, more: 1 }";
    let problem = "";
    try {
      settingsIn(text, file);
    } catch (error) {
      problem = String(error);
    }
    for (const path of ["workers", "resync_period", "features.pod_priority", '"more"'])
      expect(problem).toContain(path);
  });

  test("a password is not shown", () => {
    const text = "controller: { etcd: { endpoints: [http://a], user: b, password: 12345 } }";
    expect(() => settingsIn(text, file)).toThrow(/^(?!.*12345).*etcd\.password must be text/s);
  });
});
