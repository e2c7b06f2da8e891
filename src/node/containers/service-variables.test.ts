import { expect, test } from "vitest";
import type { Pod } from "../../resources/index.ts";
import type { Store } from "../../store/index.ts";
import { serviceVariables } from "./service-variables.ts";

const service = (name: string, spec: object) => ({ metadata: { name, namespace: "shop" }, spec });
const services = [
  service("my-web", {
    clusterIP: "10.96.0.7",
    ports: [
      { name: "http", port: 80, protocol: "TCP" },
      { port: 53, protocol: "UDP" },
    ],
  }),
  service("quiet", { clusterIP: "None", ports: [{ port: 80 }] }),
];
const slice = { endpoints: [{ addresses: ["127.0.0.1"] }], ports: [{ port: 6443 }] };

function variables(spec: object, isServed: boolean) {
  const store = { list: () => services, get: () => (isServed ? slice : undefined) } as unknown as Store;
  return serviceVariables({ metadata: { name: "p", namespace: "shop" }, spec } as Pod, store);
}

test("services with an address are told of, and where the API is", () => {
  expect(variables({}, true)).toEqual({
    MY_WEB_SERVICE_HOST: "10.96.0.7",
    MY_WEB_SERVICE_PORT: "80",
    MY_WEB_SERVICE_PORT_HTTP: "80",
    MY_WEB_PORT: "tcp://10.96.0.7:80",
    MY_WEB_PORT_80_TCP: "tcp://10.96.0.7:80",
    MY_WEB_PORT_80_TCP_PROTO: "tcp",
    MY_WEB_PORT_80_TCP_PORT: "80",
    MY_WEB_PORT_80_TCP_ADDR: "10.96.0.7",
    MY_WEB_PORT_53_UDP: "udp://10.96.0.7:53",
    MY_WEB_PORT_53_UDP_PROTO: "udp",
    MY_WEB_PORT_53_UDP_PORT: "53",
    MY_WEB_PORT_53_UDP_ADDR: "10.96.0.7",
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
    KUBERNETES_SERVICE_PORT: "6443",
    KUBERNETES_SERVICE_PORT_HTTPS: "6443",
  });
});

test("a pod without service links hears of the API alone, and of nothing where it is not served", () => {
  expect(Object.keys(variables({ enableServiceLinks: false }, true))).toHaveLength(3);
  expect(variables({ enableServiceLinks: false }, false)).toEqual({});
});
