/**
 * What a cluster is made of, and who is given what: the store keeps, the registry alone writes, loops run the controllers and
 * the scheduler, agents run pods on nodes, the network introduces their threads to each other. Nothing is started here;
 * cluster.ts does that, and has the calls.
 */
import { hostname } from "node:os";
import type { Authority } from "../access/index.ts";
import { AdmissionChain, pluginsFor, storeReader } from "../admission/index.ts";
import { Api, type ClientParts, WorkerCalls } from "../api/index.ts";
import { autoscalingDefaults, controllersFor } from "../controllers/index.ts";
import {
  type Controller,
  type ControllerContext,
  EventCounts,
  EventRecorder,
  Loop,
  Loops,
} from "../loop/index.ts";
import { Entrances, gatewayClass, ingressClass, NatsCarrier, Network } from "../network/index.ts";
import {
  connectionsTo,
  dialEndpoint,
  ImageSource,
  type NodeAgent,
  NodeDocuments,
  PodAddresses,
  type PodConnections,
  PodPorts,
  type Runtime,
  serviceProxied,
  UsageMeter,
} from "../node/index.ts";
import { listenAddress, realClock, realRandom } from "../outside/index.ts";
import { describeKind, KindRegistry, type Service } from "../resources/index.ts";
import type { Scheduler } from "../scheduler/index.ts";
import { machineLabel, type StorageDrivers } from "../storage/index.ts";
import { type ObjectKey, PendingAnswers, Registry, type Store } from "../store/index.ts";
import { type ClusterAccess, clusterAccess } from "./access.ts";
import { agentMaker, imageFoldersOf, nodeNamesFor, runtimesFor, type SharedNodes } from "./agents.ts";
import { controlPlane } from "./control-plane.ts";
import { clusterPlace, keysFolder, storeFor } from "./data-folder.ts";
import { deniedEvents } from "./denied-events.ts";
import { ejectionEvents } from "./ejection-events.ts";
import { sealingFor } from "./encryption-keys.ts";
import { EtcdPlace } from "./etcd-place.ts";
import { failed, harmless, printFault, printWarning } from "./faults.ts";
import type { Foundations } from "./foundations.ts";
import { assertControllersDiffer, assertNamesFree } from "./free-names.ts";
import { defineKindsOf, isServed } from "./kind-definitions.ts";
import { Leaders } from "./leaders.ts";
import { loopEvents } from "./loop-events.ts";
import { type ReportedMetrics, readingsOf, reportedMetrics, scalingMetrics } from "./metrics.ts";
import { bootstrap, ensure, ensureRecorded, storedAs } from "./objects/index.ts";
import { type ClusterOptions, checkOptions, switchedOff } from "./options/index.ts";
import { Reaching } from "./reaching.ts";
import { Scalings } from "./scalings.ts";
import { clusterScheduler } from "./scheduler.ts";
import { type ControlPlane, SharedParts } from "./shared-parts.ts";
import { machinesOf, storageDrivers } from "./storage.ts";

export interface ClusterParts {
  readonly shares: SharedParts;
  readonly plane: ControlPlane;
  /** Undefined where no other control plane can come. */
  readonly leaders: Leaders | undefined;
  readonly store: Store;
  readonly kinds: KindRegistry;
  readonly context: ControllerContext;
  readonly network: Network;
  readonly scheduler: Scheduler;
  readonly loops: Loops;
  readonly runtimes: ReadonlyMap<string, Runtime>;
  readonly access: ClusterAccess;
  /** What containers use. */
  readonly meter: UsageMeter;
  /** What worker functions report of themselves. */
  readonly reported: ReportedMetrics;
  /** The images of its folders, for nodes of other processes. */
  readonly images: ImageSource;
  /** For the program that runs the cluster. */
  readonly api: Api<PodConnections>;
  /** For what comes over HTTP. */
  readonly apiOverHttp: Api<PodConnections>;
  /** What the cluster's own calls are made with. */
  readonly client: ClientParts;
  /** Takes what went wrong where nobody waits for it. */
  readonly onFault: (fault: unknown) => void;
}

/** What changes while the cluster runs. */
interface Moving {
  /** Whether calls can be made; see `ClientParts`. */
  running(): Promise<void> | undefined;
  /** Who signs certificates; undefined until the API is served encrypted. */
  authority(): Authority | undefined;
  /** Where the API is served; undefined until then. */
  url(): string | undefined;
}

/**
 * Throws BadRequest where an option is wrong, with every problem.
 * @param on what it stands on besides
 */
export function clusterParts(
  options: ClusterOptions,
  { running, authority, url }: Moving,
  { shares: given, program: played, storeOf, seenByLoops = asItIs, runtimeOf = asItIs }: Foundations = {},
): ClusterParts {
  checkOptions(options);
  const {
    clock = realClock,
    random = realRandom,
    authorize,
    resyncMs,
    workers,
    autoscaling,
    metricResolutionMs,
  } = options;
  const onFault = harmless(options.onFault ?? printFault);
  const kinds = new KindRegistry();
  for (const described of options.kinds ?? []) {
    const kind = describeKind(described);
    assertNamesFree(kind, kinds.all);
    kinds.define(kind);
  }
  defineKindsOf(options.objects ?? [], kinds);
  const indexedFields = { Pod: ["spec.nodeName"], Service: ["spec.clusterIP"] };
  const content = storedAs(kinds, options.objects ?? []);
  const data = given ? given.data : clusterPlace(options, clock, random);
  const keptAs = { clock, kinds, content, onFault, indexedFields, sealing: sealingFor(options, kinds) };
  const store = given?.store ?? storeOf?.(keptAs) ?? storeFor(data, keptAs);
  const answers = new PendingAnswers(clock);
  const agents = given?.nodes.agents ?? new Map<string, NodeAgent>();
  const meter =
    given?.meter ??
    new UsageMeter({
      agents,
      far: {
        names: () => reaching.far.names(),
        usage: pod => reaching.far.usage(pod),
        answers: name => reaching.far.answers(name),
      },
      store,
      clock,
      onFault,
      periodMs: metricResolutionMs,
    });
  const measured = { meter, store, kinds: () => kinds.all, clock };
  const reported = given?.reported ?? reportedMetrics(measured);
  const documents = new NodeDocuments({ agents, meter, clock });
  const isHere = (name: string) => agents.has(name) || shares.nodes.down.has(name);
  const reaching: Reaching =
    given?.reaching ??
    new Reaching({
      store,
      clock,
      agents,
      isHere,
      nodeAt: address => network.policies.endAt(address).pod?.node,
      documents,
      authority,
      url,
      address: options.nodeAddress,
      storage: () => storage,
      policed: {
        denied: (from, to) => network.deniedFrom(from, to),
        follow: (...of) => entrances.follow(...of),
      },
      farewells: () => network.farewells(ports.prefix),
      onFault,
    });
  const { nodes } = reaching;
  const streams = connectionsTo({ nodes, store, random });
  const outside = {
    after: clock.after.bind(clock),
    uuid: random.uuid.bind(random),
    dial: (service: Service, port: string) => serviceProxied({ nodes, store, random }, service, port).dial(),
  };
  const access = clusterAccess({
    store,
    clock,
    random,
    keys: keysFolder(data),
    isKept: data !== undefined,
    authorize,
    // Who may create pods in a cluster that others reach may not do everything by that.
    isStrict: () => options.rbac ?? url() !== undefined,
    ensure: draft => ensure(draft, registry, { author: bootstrap, isChecked: true }),
  });
  const reader = storeReader(store, kinds, {
    now: () => clock.now(),
    outside,
    authorize: access.inExpressions,
  });
  const off = switchedOff(options.features);
  const admission = new AdmissionChain(pluginsFor(options.admission, off), reader, answers);
  const shared = { store, kinds, clock, random, answers };
  const registry = new Registry({ ...shared, admission, access: access.reviews });
  const counts = given?.counts ?? new EventCounts();
  const events = new EventRecorder({ registry, clock, counts }, onFault);
  const context = { registry, clock, random, events };
  // Each program that shares a cluster in etcd has volumes of its own.
  const ownMachine = () =>
    data instanceof EtcdPlace ? nodeNamesFor({ ...options, nodes: 1 }, data.nodePrefix)[0] : undefined;
  const storage: StorageDrivers =
    given?.storage ??
    storageDrivers(options, clock, data, machinesOf({ store, far: () => reaching.far }, ownMachine));

  const apiParts = { registry, clock, kinds, answers, streams, readings: readingsOf(measured) };
  const api = new Api<PodConnections>({ ...apiParts, ...access.direct });
  const apiOverHttp = new Api<PodConnections>({ ...apiParts, ...access.overHttp });
  const { onWarning = printWarning } = options;
  const client = { api, store, kinds, clock, events, running, onWarning };

  // A node outlives the control plane that it was made by, where there are others.
  const ofWorkers = { ...client, running: () => (shares.isRunning ? undefined : running()) };
  const calls = new WorkerCalls(ofWorkers);
  const onDenied = deniedEvents(events, store);
  const onEjection = ejectionEvents(events);
  const ofCluster = () => store.get("Namespace", "", "kube-system")?.metadata.uid ?? "";
  const far = options.nats && {
    carrier: new NatsCarrier(options.nats, ofCluster),
    name: `/control-plane-${random.suffix()}`,
  };
  const network: Network =
    given?.network ??
    new Network({
      ...{ store, clock, random, calls, onDenied, onEjection, onFault, far, isHere },
      reach: (...of) => reaching.relay.reach(...of),
    });
  const ports = new PodPorts(port => entrances.takes(port));
  const entrances: Entrances =
    given?.entrances ??
    new Entrances({
      ingress: options.ingress === undefined ? undefined : listenAddress(options.ingress),
      nodePorts: options.nodePorts ?? false,
      store,
      dial: (endpoint, dialled) => dialEndpoint(nodes, endpoint, dialled),
      denied: (client, endpoint, protocol) => network.deniedFrom(client, endpoint, protocol),
      findDatagramPort: endpoint => ports.datagramPort(endpoint),
      clock,
      random,
      traffic: network.traffic,
      listen: ports.listen.bind(ports),
      table: network.mesh,
      policies: network.policies,
      onLoop: loopEvents(events, store),
      onFault,
    });
  const scheduler = clusterScheduler(store, options);
  const onFailure = (name: string, key: ObjectKey, cause: unknown) => onFault(failed(name, key, cause));
  // Who starts first is woken first: before anything else is done about a new pod, it is given a node.
  const controllers = [
    scheduler.controller,
    ...controllersFor({
      kinds: () => kinds.all,
      isServed: definition => isServed(definition, kinds),
      authority,
      tokens: access.tokens,
      url,
      storage,
      metrics: scalingMetrics(measured, reported),
      autoscaling: { ...autoscalingDefaults, ...autoscaling },
      authorize: access.reviews.authorize,
      isOfThisProcess: name => agents.has(name),
      off,
    }),
    ...entrances.controllers(),
  ];
  const own = options.controllers ?? [];
  assertControllersDiffer(controllers, own);
  const all = [...controllers, ...own];
  const inLoops = { ...context, registry: seenByLoops(registry) };
  const program = played ?? (data instanceof EtcdPlace ? data : undefined);
  const sharing = given ? undefined : program;
  const identity = sharing?.identity ?? `${hostname()}_${random.uuid()}`;
  const leads = options.leaderElection ?? options.etcd !== undefined;
  const leaders = leads
    ? new Leaders(inLoops, identity, onFault, sharing, options.leaderElectionTimes)
    : undefined;
  if (data instanceof EtcdPlace)
    data.joined({
      leads: () => leaders?.leads("kube-controller-manager") ?? true,
      onWarning,
      volumesStay: options.volumes !== undefined,
    });
  const contextFor = (each: Controller) =>
    leaders?.contextOf(each === scheduler.controller ? "kube-scheduler" : "kube-controller-manager") ??
    inLoops;
  const loops = new Loops(
    all.map(each => new Loop(each, contextFor(each), { resyncMs, workers, onFailure })),
  );

  const runtimes =
    given?.runtimes ?? runtimesFor(options, { clock, random, names: reported.names, runtimeOf });
  const classes = options.ingress === undefined ? [] : [ingressClass, gatewayClass];
  const openStorage = async () => {
    // Another control plane has done so.
    if (given) return;
    await storage.open(onFault);
    if (storage.records)
      await ensureRecorded(storage.records, context.registry, { author: bootstrap }, onFault);
  };
  const plane = controlPlane({ store, kinds, context, runtimes, answers, classes, openStorage });
  const nodesOf = (): SharedNodes => {
    const addresses = new PodAddresses();
    const shared = { ...context, onFault, network, runtimes, storage, ports };
    const makeAgent = agentMaker(options, shared, { addresses });
    const first = () => {
      const { nodePrefix: prefix, podRange } = program ?? {};
      if (podRange !== undefined) addresses.within(podRange);
      const machine = ownMachine();
      const labels = machine === undefined ? {} : { labels: { [machineLabel]: machine } };
      for (const name of nodeNamesFor(options, prefix)) agents.set(name, makeAgent({ name, ...labels }));
      return [...agents.values()];
    };
    // Where they are in etcd's hands, their names come from there.
    const known = data instanceof EtcdPlace ? undefined : first();
    return {
      agents,
      first: () => known ?? first(),
      makeAgent,
      down: new Map(),
      shuttingDown: new Set(),
      acts: new Map(),
    };
  };
  const kept = { data, storage, store, network, entrances, runtimes, meter, reported, counts, reaching };
  const shares: SharedParts =
    given ?? new SharedParts({ ...kept, nodes: nodesOf(), scalings: new Scalings(store, kinds) }, plane);
  const parts = { shares, plane, leaders, store, kinds, context, network, scheduler, loops, runtimes };
  const images = new ImageSource(imageFoldersOf(options));
  return { ...parts, access, images, meter, reported, api, apiOverHttp, client, onFault };
}

/** Where nothing stands in between. */
function asItIs<T>(given: T): T {
  return given;
}
