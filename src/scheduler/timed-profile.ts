/**
 * A profile whose plugins are measured: what each takes at each extension point, and with which status, in Kubernetes' words. It is
 * made for those cycles that are sampled, so that all others pay nothing.
 */
import type { Filter, Plugin, PostFilterResult, PreFilterResult, Refusal, Scorer } from "./framework.ts";
import type { Profile } from "./profile.ts";
import type { PluginTimer } from "./scheduler-metrics.ts";

export function timedProfile(profile: Profile, time: PluginTimer): Profile {
  const timed = (plugin: Plugin) => timedPlugin(plugin, time);
  return {
    ...profile,
    filter: profile.filter.map(timed),
    postFilter: profile.postFilter.map(timed),
    score: profile.score.map(({ plugin, weight }) => ({ plugin: timed(plugin), weight })),
  };
}

function timedPlugin(plugin: Plugin, time: PluginTimer): Plugin {
  const { name } = plugin;
  const { preFilter, preScore, postFilter } = plugin;
  return {
    ...plugin,
    ...(preFilter && {
      preFilter: measured(preFilter, (result, seconds) => {
        time(name, "PreFilter", statusOfPreFilter(result), seconds);
        return result?.filter ? { ...result, filter: timedFilter(result.filter, name, time) } : result;
      }),
    }),
    ...(preScore && {
      preScore: measured(preScore, (scorer, seconds) => {
        time(name, "PreScore", scorer ? "Success" : "Skip", seconds);
        return scorer && timedScorer(scorer, name, time);
      }),
    }),
    ...(postFilter && {
      postFilter: (...given: Parameters<typeof postFilter>): PostFilterResult => {
        const start = performance.now();
        const result = postFilter(...given);
        time(name, "PostFilter", "nominated" in result ? "Success" : "Unschedulable", since(start));
        return result;
      },
    }),
  };
}

/** The same call, whose result is handed to `then` with the seconds that it took. */
function measured<A extends unknown[], T>(
  call: (...given: A) => T | Promise<T>,
  then: (result: T, seconds: number) => T,
): (...given: A) => T | Promise<T> {
  return (...given) => {
    const start = performance.now();
    const result = call(...given);
    // What is not waited for must stay so: between the plugins of most cycles nothing else happens.
    return result instanceof Promise
      ? result.then(found => then(found, since(start)))
      : then(result, since(start));
  };
}

function timedFilter(filter: Filter, name: string, time: PluginTimer): Filter {
  return nodeInfo => {
    const start = performance.now();
    const refusal = filter(nodeInfo);
    time(name, "Filter", statusOf(refusal), since(start));
    return refusal;
  };
}

function timedScorer({ score, normalize }: Scorer, name: string, time: PluginTimer): Scorer {
  return {
    score: nodeInfo => {
      const start = performance.now();
      const given = score(nodeInfo);
      time(name, "Score", "Success", since(start));
      return given;
    },
    ...(normalize && {
      normalize: (scores: number[]) => {
        const start = performance.now();
        normalize(scores);
        time(name, "ScoreExtensionNormalize", "Success", since(start));
      },
    }),
  };
}

function statusOfPreFilter(result: PreFilterResult | undefined): string {
  if (!result) return "Skip";
  return result.rejection === undefined ? "Success" : "UnschedulableAndUnresolvable";
}

function statusOf(refusal: Refusal | undefined): string {
  if (!refusal) return "Success";
  return refusal.isFinal ? "UnschedulableAndUnresolvable" : "Unschedulable";
}

function since(start: number): number {
  return (performance.now() - start) / 1_000;
}
