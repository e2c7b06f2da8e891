/**
 * The floors of the house, and its doors. A room imports only from floors below it, and through doors; the rooms of one
 * floor do not know each other, except that a node wires its threads up through the network. ARCHITECTURE.md draws the
 * picture.
 */
const floors = [
  ["errors", "outside"],
  ["resources", "messages", "client"],
  ["store", "operations", "storage"],
  ["loop"],
  ["admission", "access", "remote"],
  ["api", "controllers", "scheduler", "network", "node", "observe"],
  ["kubelet"],
  ["server", "export"],
  ["cluster"],
  ["simulate"],
  ["testing", "cli"],
];
/** Tests, and what tests are made of, may look at any room. */
const testCode = "(\\.test|\\.suite|/test-[^/]*)\\.ts$";
const belowOnly = floors.flatMap((rooms, floor) =>
  rooms.map(room => {
    const above = floors.slice(floor + 1).flat();
    const beside = rooms.filter(other => other !== room && !(room === "node" && other === "network"));
    const forbidden = [...above, ...beside];
    return {
      name: `floor-of-${room}`,
      comment: `${room}/ stands on floor ${floor}: it may import only from the floors below.`,
      severity: "error",
      from: { path: `^src/${room}(/|\\.ts$)`, pathNot: testCode },
      to: { path: `^src/(${[...forbidden, "index"].join("|")})(/|\\.ts$)` },
    };
  }),
);

/**
 * The floors inside a room that has folders, from the ground up. The files that lie beside the folders are contracts, or stand
 * on top.
 */
const floorsInside = {
  resources: {
    floors: [
      ["selectors", "schema"],
      ["definition", "patch", "cel"],
      ["fields", "custom"],
      ["kinds"],
      ["short-forms"],
      ["manifest"],
    ],
    top: ["kind-registry", "kind-names"],
  },
  store: { floors: [["drivers", "writes"]], top: ["why"] },
  loop: { floors: [["events", "queue"], ["pace"]], top: ["loop", "loops"] },
  messages: {
    floors: [["codec", "traffic"], ["ports"], ["sending", "receiving"], ["channels"], ["routing"]],
    top: ["peer", "calls"],
  },
  worker: {
    floors: [["files", "sockets"], ["exec"]],
    top: ["run", "main-command", "thread-entry", "process-entry"],
  },
  commands: { floors: [["shell", "programs", "catalogue"]], top: ["run-command"] },
  admission: { floors: [["pod-security", "quota"]], top: ["plugins", "chain"] },
  access: { floors: [["default-roles"], ["rbac"]], top: [] },
  controllers: {
    floors: [
      [
        "autoscaler",
        "daemonset",
        "deployment",
        "disruption-budget",
        "job",
        "node-lifecycle",
        "replicaset",
        "selector-overlap",
        "service",
        "statefulset",
        "storage",
      ],
      ["cronjob"],
    ],
    top: [],
  },
  scheduler: {
    floors: [["plugins"]],
    top: ["scheduler", "cycle", "profile", "preemption", "unschedulable-pods", "scheduling-queue"],
  },
  network: {
    floors: [
      ["dns", "policy"],
      ["http", "node-ports"],
      ["gateway", "ingress"],
      ["entrance", "mesh"],
    ],
    top: [
      "network",
      "entrances",
      "directory",
      "discovery",
      "hosts",
      "named-ends",
      "policy-calls",
      "policy-test",
    ],
  },
  cluster: {
    floors: [["options", "objects"], ["calls"]],
    top: ["cluster", "parts", "shared-parts", "leaders", "pages", "serving", "served-cluster"],
  },
  kubelet: { floors: [["channels"]], top: ["kubelet-server", "pod-connections"] },
  server: { floors: [["openapi", "protobuf", "streams"]], top: ["api-server", "serve"] },
  export: {
    floors: [["objects", "agreed"], ["images", "runtime"], ["pods", "workloads"], ["written"]],
    top: ["export", "other-objects"],
  },
  cli: { floors: [["client"]], top: ["up", "with", "start"] },
  node: {
    floors: [["images", "streams"], ["runtimes"], ["containers", "reported"], ["far", "volumes"], ["pods"]],
    top: ["agent", "connections", "node-object", "nodes-here"],
  },
};
const insideBelowOnly = Object.entries(floorsInside).flatMap(([room, { floors, top }]) =>
  floors.flatMap((folders, floor) =>
    folders.map(folder => {
      const beside = folders.filter(other => other !== folder);
      const forbidden = [...floors.slice(floor + 1).flat(), ...beside];
      return {
        name: `floor-of-${room}-${folder}`,
        comment: `${room}/${folder}/ may import only from the floors below it, and the contracts.`,
        severity: "error",
        from: { path: `^src/${room}/${folder}/`, pathNot: testCode },
        to: { path: `^src/${room}/((${[...forbidden, "-"].join("|")})/|(${[...top, "-"].join("|")})\\.ts$)` },
      };
    }),
  ),
);
const doorsInside = Object.keys(floorsInside).map(room => ({
  name: `doors-inside-${room}`,
  comment: `A folder inside ${room}/ has a door too.`,
  severity: "error",
  from: { path: `^src/${room}/([^/]+)`, pathNot: testCode },
  to: { path: `^src/${room}/[^/]+/`, pathNot: [`^src/${room}/$1/`, `^src/${room}/[^/]+/index\\.ts$`] },
}));

module.exports = {
  forbidden: [
    {
      name: "no-circles",
      comment: "A circle is a design question.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "worker-knows-only-wire-types",
      comment:
        "worker/ runs in other threads: it may know messages/, errors/ and outside/, nothing of the control plane.",
      severity: "error",
      from: { path: "^src/worker/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/", pathNot: "^src/(worker|messages|errors|outside)/" },
    },
    {
      name: "commands-stand-on-the-worker",
      comment: "commands/ is what a thread loads when it is told to run a command.",
      severity: "error",
      from: { path: "^src/commands/", pathNot: testCode },
      to: { path: "^src/", pathNot: "^src/(commands|worker|messages|errors|outside)/" },
    },
    {
      name: "the-wire-knows-no-kinds",
      comment: "messages/ is the part of the data plane that runs in every thread; it must stay small.",
      severity: "error",
      from: { path: "^src/messages/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/", pathNot: "^src/(messages|errors|outside)/" },
    },
    ...insideBelowOnly,
    ...doorsInside,
    {
      name: "through-the-door",
      comment: "Other rooms import a room's index.ts, and nothing behind it.",
      severity: "error",
      from: { path: "^src/([^/]+)/", pathNot: testCode },
      to: { path: "^src/[^/]+/", pathNot: ["^src/$1/", "^src/[^/]+/index\\.ts$"] },
    },
    {
      name: "not-through-ones-own-door",
      comment: "Inside a room one goes straight to the file: through the door there would be circles.",
      severity: "error",
      from: { path: "^src/([^/]+)/" },
      to: { path: "^src/$1/index\\.ts$" },
    },
    {
      name: "the-front-uses-doors",
      comment: "So do the cluster and the public face.",
      severity: "error",
      from: { path: "^src/[^/]+\\.ts$" },
      to: { path: "^src/[^/]+/", pathNot: "^src/[^/]+/index\\.ts$" },
    },
    {
      name: "only-the-node-starts-workers",
      comment:
        "What runs in a thread is known to who starts it, to the public face for its types, and to what runs in an exported container.",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: ["^src/(worker|commands|node|export/runtime)/", "^src/index\\.ts$", "\\.test\\.ts$"],
      },
      to: { path: "^src/(worker|commands)/" },
    },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    ...belowOnly,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "\\.gen\\.ts$" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "default"] },
  },
};
