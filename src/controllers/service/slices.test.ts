/** How endpoints are put into slices, by table and without a cluster. A Service's life is told in service.test.ts. */
import { describe, expect, test } from "vitest";
import type { EndpointPort, EndpointSlice, ObjectMeta, Service } from "../../resources/index.ts";
import type { Listing } from "./listing.ts";
import { planSlices } from "./slices.ts";

const metadata = (name: string): ObjectMeta => ({
  name,
  uid: name,
  resourceVersion: "1",
  creationTimestamp: "2026-01-01T00:00:00Z",
});
const service: Service = { apiVersion: "v1", kind: "Service", metadata: metadata("web"), spec: {} };
const labels = {
  "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
  "kubernetes.io/service-name": "web",
};

/** `a` is the pod a at port 1, `a:2` the same at port 2, `a!` the same when it is not ready; `a*150` are 150 pods. */
function listed(text: string): Listing[] {
  return text.split(" ").flatMap(word => {
    const [, name = "", port = "1", notReady, count] = /^(\w+)(?::(\d))?(!)?(?:\*(\d+))?$/.exec(word) ?? [];
    if (name === "") return [];
    const names = count ? Array.from({ length: Number(count) }, (_, n) => `${name}${n}`) : [name];
    return names.map(uid => ({
      uid,
      endpoint: { addresses: [uid], conditions: { ready: !notReady }, targetRef: { name: uid, uid } },
      ports: [{ port: Number(port) }],
    }));
  });
}

/** A slice as it is in the store; all of its endpoints have the ports of the first. */
function slice(text: string, place: number): EndpointSlice {
  const listings = listed(text);
  const ports = listings[0]?.ports;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...metadata(`slice-${place}`), labels },
    addressType: "IPv4",
    ...(ports && { endpoints: listings.map(({ endpoint }) => endpoint), ports }),
  };
}

/** What is in a slice: its pods, and their port where it is not 1; how many there are, where they are many. */
function content({
  endpoints = [],
  ports = [],
}: Partial<Pick<EndpointSlice, "endpoints" | "ports">>): string {
  if (endpoints.length > 9) return String(endpoints.length);
  const [{ port = 1 } = {}]: readonly EndpointPort[] = ports;
  const at = port === 1 ? "" : `:${port}`;
  return endpoints.map(({ addresses: [name] }) => `${name}${at}`).join(" ");
}

describe("the slices of a Service", () => {
  test.each([
    // there are        pods              create          update                     remove
    [[], "", [""], {}, []],
    [[], "a b", ["a b"], {}, []],
    [[], "a b:2", ["a", "b:2"], {}, []],
    [[], "a*250", ["100", "100", "50"], {}, []],
    [["a b"], "a b", [], {}, []],
    [["a b"], "b a", [], {}, []],
    [["a b"], "a b c", [], { 0: "a b c" }, []],
    [["a b"], "b", [], { 0: "b" }, []],
    [["a b"], "a b!", [], { 0: "a b" }, []],
    [["a b"], "", [], { 0: "" }, []],
    [["a", "b:2"], "a", [], {}, [1]],
    [["a", "b"], "", [], { 0: "" }, [1]],
    [["a", "b:2"], "a b", [], { 0: "a b" }, [1]],
    [["a"], "a:2", [], { 0: "a:2" }, []],
    [[""], "a", [], { 0: "a" }, []],
    [["a*100", "b"], "a*100 b c", [], { 1: "b c" }, []],
    [["a*100"], "a*100 b", ["b"], {}, []],
  ] as const)("%j, for %j: create %j, update %j, remove %j", (there, pods, create, update, remove) => {
    const slices = there.map(slice);
    const plan = planSlices(service, slices, listed(pods));
    const placeOf = ({ metadata }: EndpointSlice) => Number(metadata.name.replace("slice-", ""));
    expect(plan.create.map(content)).toEqual(create);
    expect(Object.fromEntries(plan.update.map(each => [placeOf(each), content(each)]))).toEqual(update);
    expect(plan.remove.map(placeOf)).toEqual(remove);
  });

  test("follow the Service's labels", () => {
    const renamed = { ...service, metadata: { ...service.metadata, labels: { app: "web" } } };
    const { update } = planSlices(renamed, [slice("a", 0)], listed("a"));
    expect(update.map(each => each.metadata.labels)).toEqual([{ app: "web", ...labels }]);
  });
});
