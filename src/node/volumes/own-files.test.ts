import { expect, it } from "vitest";
import type { Pod, PodSpec } from "../../resources/index.ts";
import { ownFiles } from "./own-files.ts";

function filesOf(spec: Partial<PodSpec>, hasRoot = true): Record<string, unknown> {
  const container = { name: "c", image: "busybox" };
  const pod = {
    metadata: { name: "p", namespace: "n" },
    spec: { containers: [container], ...spec },
  } as unknown as Pod;
  const own = ownFiles(pod, "127.1.0.1", spec.containers?.[0] ?? container, hasRoot, "/at");
  return Object.fromEntries(own.map(({ path, made }) => [path, typeof made === "object" ? made.text : made]));
}

it("are what the kubelet writes, the termination log, and the root folder", () => {
  const files = filesOf({});
  expect(Object.keys(files)).toEqual([
    "/etc/hosts",
    "/etc/hostname",
    "/etc/resolv.conf",
    "/dev/termination-log",
    "/",
  ]);
  expect(files["/etc/hostname"]).toBe("p\n");
  expect(files["/etc/hosts"]).toMatch(
    /^# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n[\s\S]*127.1.0.1\tp\n$/,
  );
});

it("hosts has the aliases, and the full name of a pod with a subdomain", () => {
  const hosts = filesOf({
    hostname: "h",
    subdomain: "s",
    hostAliases: [{ ip: "10.1.2.3", hostnames: ["foo.remote", "bar.remote"] }],
  })["/etc/hosts"];
  expect(hosts).toContain("127.1.0.1\th.s.n.svc.cluster.local\th\n");
  const named = filesOf({ subdomain: "s", setHostnameAsFQDN: true });
  expect(named["/etc/hosts"]).toContain("127.1.0.1\tp.s.n.svc.cluster.local\tp\n");
  expect(named["/etc/hostname"]).toBe("p.s.n.svc.cluster.local\n");
  expect(hosts).toMatch(/\n\n# Entries added by HostAliases.\n10.1.2.3\tfoo.remote\tbar.remote\n$/);
});

const cluster = "search n.svc.cluster.local svc.cluster.local cluster.local";
it.each<[what: string, spec: Partial<PodSpec>, text: string | undefined]>([
  ["the cluster's", {}, `${cluster}\nnameserver 10.96.0.10\noptions ndots:5\n`],
  [
    "more than the cluster's",
    { dnsConfig: { searches: ["x"], nameservers: ["1.2.3.4"], options: [{ name: "ndots", value: "2" }] } },
    `${cluster} x\nnameserver 10.96.0.10\nnameserver 1.2.3.4\noptions ndots:2\n`,
  ],
  [
    "the pod's own",
    {
      dnsPolicy: "None",
      dnsConfig: { nameservers: ["192.0.2.1"], searches: ["my.dns"], options: [{ name: "edns0" }] },
    },
    "search my.dns\nnameserver 192.0.2.1\noptions edns0\n",
  ],
  ["the machine's", { dnsPolicy: "Default" }, undefined],
  ["the machine's, on its network", { hostNetwork: true, dnsPolicy: "ClusterFirst" }, undefined],
])("resolv.conf: %s", (_, spec, text) => {
  expect(filesOf(spec)["/etc/resolv.conf"]).toBe(text);
});

it("another termination log, and a folder to work in that is not there", () => {
  const container = { name: "c", terminationMessagePath: "/tmp/my-log", workingDir: "/there-is-none-such" };
  expect(filesOf({ containers: [container] }, false)).toMatchObject({
    "/tmp/my-log": "",
    "/there-is-none-such": "folder",
  });
});

it("a root folder is read-only where the container says so", () => {
  const pod = { metadata: { name: "p" }, spec: {} } as unknown as Pod;
  const container = { name: "c", securityContext: { readOnlyRootFilesystem: true } };
  const root = ownFiles(pod, "127.1.0.1", container, true, "/at").find(({ path }) => path === "/");
  expect(root).toEqual({ path: "/", place: "/at/root", made: "image", isReadOnly: true });
});
