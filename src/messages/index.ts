/**
 * The door of messages/: the data plane. It runs in every thread alike, the main thread included.
 *
 * A thread takes part through one Peer, which needs a control port to the network of the main thread:
 *
 *     // on the main thread, when a node starts a container
 *     const { port1, port2 } = new MessageChannel();
 *     const attachment = network.attach({ namespace, pod, uid, container }, port1);
 *     worker.postMessage({ control: port2 }, [port2]);         // however the runtime hands it over
 *     …
 *     attachment.detach({ exitCode: 137, reason: "OOMKilled" }); // as soon as the thread's end is known, always
 *
 *     // inside the thread
 *     const peer = new Peer({ control: port2, clock: realClock, random: realRandom });
 *     peer.api.request("calculator", { a: 1 });                // peer.api is the api of the context, with call/subscribe for the rest
 *     for await (const message of peer.inbox) message.reply(42);
 *     peer.drain();          // told to stop: no thread sends to this one any more; the inbox ends when what had arrived is read
 *     await peer.answered(); // what was read and is handled beside the loop has been answered
 *     peer.close();          // on the thread's 'exit' event: what was replied is posted, what was not read goes back
 *
 * For a child process (spawned with serialization "advanced") the control port goes through a tunnel, and the identity
 * says `copies: true`:
 *
 *     const { first } = new Tunnel(child, "parent");            // on the main thread
 *     first.postMessage({ type: "start", control: port2 }, [port2]);   // a port in a field is bridged
 *     const { first } = new Tunnel(process, "child");           // in the child: first.on("message", ({ control }) => new Peer({ control, … }))
 */
export { checkedApi } from "./checked-api.ts";
export type { FarewellQuestion, ServerFarewell } from "./farewell.ts";
export {
  type ConnectionChoice,
  endpointFor,
  type FoundEndpoint,
  type FoundHost,
  type FoundPort,
} from "./found-host.ts";
export type { FoundRecord, FoundRecords } from "./found-records.ts";
export type {
  ControlMessage,
  ControlRequest,
  Denied,
  Exit,
  PeerId,
  Route,
  RoutePlan,
} from "./introductions.ts";
export type {
  Message,
  MessageApi,
  RequestOptions,
  Sender,
  TransferOptions,
} from "./message.ts";
export { Peer } from "./peer.ts";
export {
  addressNumber,
  addressText,
  firstFarAddress,
  firstPodAddress,
  isPodAddress,
  lastPodAddress,
} from "./pod-address.ts";
export type { PolicyGeneration, PolicyVerdict } from "./policy-verdict.ts";
export {
  frameOf,
  type Ipc,
  ipcOver,
  LARGEST_TO_MAIN,
  largestTo,
  measured,
  type Port,
  postedBytes,
  postedValue,
  readFrames,
  type Transferable,
  Tunnel,
  UNREADABLE,
  Window,
} from "./ports/index.ts";
export type { ReachedPod, ReachPod } from "./reached-pod.ts";
export { Inbox } from "./receiving/index.ts";
export {
  type EjectionNews,
  type EndpointTraffic,
  type EndpointUse,
  type Outcome,
  RetryBudget,
  TrafficBook,
  type TrafficPolicy,
  type TrafficReport,
  type TrafficRow,
} from "./traffic/index.ts";
