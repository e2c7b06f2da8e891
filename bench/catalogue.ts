/** Every row, in the order of the table. */
import type { Row } from "./row.ts";
import { row as configChange } from "./rows/config-change.ts";
import { row as deployments1000 } from "./rows/deployments-1000.ts";
import { row as durableCreate } from "./rows/durable-create.ts";
import { row as etcdCreate } from "./rows/etcd-create.ts";
import { row as fairFastSender } from "./rows/fair-fast-sender.ts";
import { row as fairLatency } from "./rows/fair-latency.ts";
import { row as fairShares } from "./rows/fair-shares.ts";
import { row as fairSlowReplica } from "./rows/fair-slow-replica.ts";
import { row as firstAnswer } from "./rows/first-answer.ts";
import { row as firstAnswerProcess } from "./rows/first-answer-process.ts";
import { row as growthIdle } from "./rows/growth-idle.ts";
import { row as growthInFlight } from "./rows/growth-in-flight.ts";
import { row as growthJobs } from "./rows/growth-jobs.ts";
import { row as growthPayload } from "./rows/growth-payload.ts";
import { row as growthPods } from "./rows/growth-pods.ts";
import { row as growthReplicas } from "./rows/growth-replicas.ts";
import { row as growthStart } from "./rows/growth-start.ts";
import { row as hollow10000 } from "./rows/hollow-10000.ts";
import { row as hollowChange } from "./rows/hollow-change.ts";
import { row as hollowIdle } from "./rows/hollow-idle.ts";
import { row as hollowMemory } from "./rows/hollow-memory.ts";
import { row as idleMemory } from "./rows/idle-memory.ts";
import { row as ingress } from "./rows/ingress.ts";
import { row as jobs10000 } from "./rows/jobs-10000.ts";
import { row as keptStart } from "./rows/kept-start.ts";
import { row as largeLatency } from "./rows/large-latency.ts";
import { row as largeMemory } from "./rows/large-memory.ts";
import { row as mappedFile } from "./rows/mapped-file.ts";
import { row as networkDns } from "./rows/network-dns.ts";
import { row as networkHttp } from "./rows/network-http.ts";
import { row as networkUndici } from "./rows/network-undici.ts";
import { row as nodeLost } from "./rows/node-lost.ts";
import { row as oneWay } from "./rows/one-way.ts";
import { row as policyVerdict } from "./rows/policy-verdict.ts";
import { row as request10kb } from "./rows/request-10kb.ts";
import { row as request64 } from "./rows/request-64.ts";
import { row as request1024 } from "./rows/request-1024.ts";
import { row as requestNats } from "./rows/request-nats.ts";
import { row as requestOne } from "./rows/request-one.ts";
import { row as rollout10000 } from "./rows/rollout-10000.ts";
import { row as schedulingAffinity } from "./rows/scheduling-affinity.ts";
import { row as schedulingAntiAffinity } from "./rows/scheduling-anti-affinity.ts";
import { row as schedulingBasic } from "./rows/scheduling-basic.ts";
import { row as schedulingDaemonset } from "./rows/scheduling-daemonset.ts";
import { row as schedulingPreemption } from "./rows/scheduling-preemption.ts";
import { row as schedulingPreemptionBasic } from "./rows/scheduling-preemption-basic.ts";
import { row as schedulingPreferred } from "./rows/scheduling-preferred.ts";
import { row as schedulingSpread } from "./rows/scheduling-spread.ts";
import { row as schedulingUnschedulable } from "./rows/scheduling-unschedulable.ts";
import { row as serverCreate } from "./rows/server-create.ts";
import { row as serverGet } from "./rows/server-get.ts";
import { row as serverList2000 } from "./rows/server-list-2000.ts";
import { row as serverList10000 } from "./rows/server-list-10000.ts";
import { row as serverMixed } from "./rows/server-mixed.ts";
import { row as serverStart } from "./rows/server-start.ts";
import { row as serverUpdate } from "./rows/server-update.ts";
import { row as serverWatch } from "./rows/server-watch.ts";
import { row as start200 } from "./rows/start-200.ts";
import { row as startOne } from "./rows/start-one.ts";
import { row as transfer1mb } from "./rows/transfer-1mb.ts";
import { row as workerToWorker } from "./rows/worker-to-worker.ts";

export const catalogue: readonly Row[] = [
  request64,
  request1024,
  requestOne,
  workerToWorker,
  oneWay,
  request10kb,
  transfer1mb,
  requestNats,
  fairLatency,
  fairShares,
  fairSlowReplica,
  fairFastSender,
  start200,
  startOne,
  idleMemory,
  firstAnswer,
  firstAnswerProcess,
  hollow10000,
  hollowIdle,
  hollowChange,
  hollowMemory,
  schedulingBasic,
  schedulingAntiAffinity,
  schedulingAffinity,
  schedulingPreferred,
  schedulingSpread,
  schedulingDaemonset,
  schedulingUnschedulable,
  schedulingPreemption,
  schedulingPreemptionBasic,
  rollout10000,
  deployments1000,
  jobs10000,
  nodeLost,
  policyVerdict,
  configChange,
  mappedFile,
  largeMemory,
  largeLatency,
  keptStart,
  durableCreate,
  etcdCreate,
  networkHttp,
  networkUndici,
  networkDns,
  ingress,
  serverStart,
  serverCreate,
  serverGet,
  serverUpdate,
  serverMixed,
  serverList2000,
  serverList10000,
  serverWatch,
  growthPayload,
  growthReplicas,
  growthInFlight,
  growthStart,
  growthPods,
  growthIdle,
  growthJobs,
];
