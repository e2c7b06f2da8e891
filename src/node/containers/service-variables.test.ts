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

const api = service("kubernetes", { clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443 }] });

function variables(spec: object, isServed: boolean, routes = false) {
  const get = (kind: string) => (isServed ? { EndpointSlice: slice, Service: api }[kind] : undefined);
  const store = { list: () => services, get } as unknown as Store;
  return serviceVariables({ metadata: { name: "p", namespace: "shop" }, spec } as Pod, store, routes);
}

const ofApi = {
  KUBERNETES_SERVICE_HOST: "10.96.0.1",
  KUBERNETES_SERVICE_PORT: "443",
  KUBERNETES_SERVICE_PORT_HTTPS: "443",
  KUBERNETES_PORT: "tcp://10.96.0.1:443",
  KUBERNETES_PORT_443_TCP: "tcp://10.96.0.1:443",
  KUBERNETES_PORT_443_TCP_PROTO: "tcp",
  KUBERNETES_PORT_443_TCP_PORT: "443",
  KUBERNETES_PORT_443_TCP_ADDR: "10.96.0.1",
};

test("the API is told of as any service, where cluster IPs can be connected to", () => {
  expect(variables({ enableServiceLinks: false }, true, true)).toEqual(ofApi);
});

test("services with an address are told of, and where the API is", () => {
  expect(variables({}, true)).toEqual({
    ...ofApi,
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
  expect(Object.keys(variables({ enableServiceLinks: false }, true))).toHaveLength(8);
  expect(variables({ enableServiceLinks: false }, false)).toEqual({});
});
