/**
 * The floors of the house. A room imports only from floors below it; the rooms of one floor do not know each other,
 * except that a node wires its threads up through the network. ARCHITECTURE.md draws the picture.
 */
const floors = [
  ["errors", "outside"],
  ["resources", "messages"],
  ["store"],
  ["loop"],
  ["api", "controllers", "scheduler", "network", "node", "observe"],
  ["cluster"],
];
const belowOnly = floors.flatMap((rooms, floor) =>
  rooms.map(room => {
    const above = floors.slice(floor + 1).flat();
    const beside = rooms.filter(other => other !== room && !(room === "node" && other === "network"));
    const forbidden = [...above, ...beside];
    return {
      name: `floor-of-${room}`,
      comment: `${room}/ stands on floor ${floor}: it may import only from the floors below.`,
      severity: "error",
      from: { path: `^src/${room}(/|\\.ts$)`, pathNot: "\\.test\\.ts$" },
      to: { path: `^src/(${[...forbidden, "index"].join("|")})(/|\\.ts$)` },
    };
  }),
);

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
      name: "the-wire-knows-no-kinds",
      comment: "messages/ is the part of the data plane that runs in every thread; it must stay small.",
      severity: "error",
      from: { path: "^src/messages/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/", pathNot: "^src/(messages|errors|outside)/" },
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
