/**
 * What controllers see of a cluster where messages are late, come twice or are lost: the registry and its store, with that in between.
 * Reads are as they are; a change comes to a watch later than it was made (in order, as in Kubernetes), twice or not at all, and
 * what a write came to is not what its writer is told.
 */
import { ApiError } from "../errors/index.ts";
import type { Clock } from "../outside/index.ts";
import type { RegistryVerbs, Request, StoreWatchOptions } from "../store/index.ts";
import type { Faults } from "./faults.ts";

type Reads = RegistryVerbs["store"];
type Tell = Parameters<Reads["watch"]>[1];
type Told = Parameters<Tell>[0];

export interface ViewParts {
  readonly clock: Pick<Clock, "after" | "sleep">;
  readonly faults: Faults;
  /** Told who asks for a write here. */
  readonly asked: (actor: string) => void;
}

export function faultyView(registry: RegistryVerbs, parts: ViewParts): RegistryVerbs {
  const answered = answeredBy(parts);
  const asking = <T>(request: Request, write: () => Promise<T>): Promise<T> => {
    parts.asked(request.author.actor);
    return answered(write);
  };
  return {
    store: faultyWatches(registry.store, parts),
    nameOf: kind => registry.nameOf(kind),
    scopeOf: reference => registry.scopeOf(reference),
    create: (draft, request) => asking(request, () => registry.create(draft, request)),
    update: (object, request) => asking(request, () => registry.update(object, request)),
    modify: (kind, namespace, name, change, request) =>
      asking(request, () => registry.modify(kind, namespace, name, change, request)),
    delete: (kind, namespace, name, request) =>
      asking(request, () => registry.delete(kind, namespace, name, request)),
    connect: (...given) => registry.connect(...given),
  };
}

/** Does a write as a network does it. */
function answeredBy({ clock, faults }: ViewParts) {
  return async <T>(write: () => Promise<T>): Promise<T> => {
    if (faults.strikes("refused write")) throw refused("is asked for too much, and has not done it");
    if (faults.strikes("late answer")) await clock.sleep(faults.delay(5_000));
    // What was sent again, for its answer was late, is answered by what the second is told.
    if (faults.strikes("write sent twice")) await write();
    const answer = await write();
    if (faults.strikes("late answer")) await clock.sleep(faults.delay(5_000));
    if (faults.strikes("lost answer")) throw refused("did not answer in time; it may have done it");
    return answer;
  };
}

function refused(what: string): ApiError {
  return new ApiError("ServiceUnavailable", `the API server ${what}`);
}

function faultyWatches(store: Reads, parts: ViewParts): Reads {
  return {
    get revision() {
      return store.revision;
    },
    get: (...given) => store.get(...given),
    list: (...given) => store.list(...given),
    count: kind => store.count(kind),
    kinds: () => store.kinds(),
    walk: kind => store.walk(kind),
    dependents: store.dependents.bind(store) as Reads["dependents"],
    byUid: uid => store.byUid(uid),
    keyOf: uid => store.keyOf(uid),
    watch: (options, tell) => faultyWatch(store, options, tell, parts),
    history: of => store.history(of),
    change: revision => store.change(revision),
    at: revision => store.at(revision),
  };
}

/** Those that come while one is late are late too, so that all come in order. */
function faultyWatch(store: Reads, options: StoreWatchOptions, tell: Tell, { clock, faults }: ViewParts) {
  const late: Told[] = [];
  let isStopped = false;
  const told = (change: Told) => {
    if (isStopped) return;
    tell(change);
    if (faults.strikes("repeated event")) tell(change);
  };
  const unwatch = store.watch(options, change => {
    if (faults.strikes("dropped event")) return;
    if (late.length > 0) late.push(change);
    else if (faults.strikes("late event")) {
      late.push(change);
      clock.after(faults.delay(5_000), () => {
        for (const each of late.splice(0)) told(each);
      });
    } else told(change);
  });
  return () => {
    isStopped = true;
    unwatch();
  };
}
