/** Events of endpoints that senders leave out, and take back: at the Service, whose annotations ask for it. */
import type { EventRecorder } from "../loop/index.ts";
import type { EjectionNews } from "../messages/index.ts";
import type { Service } from "../resources/index.ts";
import { componentWriter } from "../store/index.ts";

const writer = componentWriter("outlier-detection");

/** Returns what the network tells of ejections. */
export function ejectionEvents(
  events: Pick<EventRecorder, "record">,
): (news: EjectionNews, service: Service) => void {
  return ({ port, endpoint, ejected }, service) => {
    const what = `endpoint ${endpoint} (${port})`;
    if (!ejected) events.record(writer, service, "Normal", "EndpointReturned", `${what} is chosen again`);
    else {
      const seconds = ejected.ms / 1_000;
      const time = seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds);
      const text = `${what} is left out for ${time} s after ${ejected.why}`;
      events.record(writer, service, "Warning", "EndpointEjected", text);
    }
  };
}
