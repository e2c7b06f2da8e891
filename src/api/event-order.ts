/**
 * The order of events: that of what happened. An event is written some time after what it tells of, and its time has whole
 * seconds; but it knows the version of the object that it is about, which is never older than what happened to it.
 */
import type { Event } from "../resources/index.ts";

/** Oldest first: by the time when it was last seen, then by the revision at which it happened, then by that of its write. */
export function oldestFirst(events: readonly Event[]): Event[] {
  const keyed = events.map(event => ({ event, key: [timeOf(event), happenedAt(event), revisionOf(event)] }));
  keyed.sort((a, b) => difference(a.key, b.key));
  return keyed.map(({ event }) => event);
}

function timeOf({ lastTimestamp, eventTime, firstTimestamp, metadata }: Event): number {
  const time = Date.parse(lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp);
  return Math.floor(time / 1000);
}

/** What happened again was about an older version when it happened first: its last write is nearer. */
function happenedAt(event: Event): number {
  const about = Number(event.involvedObject.resourceVersion);
  return (event.count ?? 1) > 1 || !Number.isFinite(about) ? revisionOf(event) : about;
}

function revisionOf({ metadata }: Event): number {
  return Number(metadata.resourceVersion);
}

function difference(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((value, i) => value !== b[i]);
  return place < 0 ? 0 : (a[place] ?? 0) - (b[place] ?? 0);
}
