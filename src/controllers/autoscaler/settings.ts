/** How autoscalers look and act: the flags of Kubernetes' controller manager, with its defaults. */
export interface AutoscalingSettings {
  /** How often they look, in milliseconds: `--horizontal-pod-autoscaler-sync-period`. Default 15,000. */
  readonly syncPeriodMs: number;
  /**
   * How long nothing more must have been wanted before they go down, where their `behavior` does not say it:
   * `--horizontal-pod-autoscaler-downscale-stabilization`. Default 300,000.
   */
  readonly downscaleStabilizationMs: number;
  /**
   * By which share what is used may differ from the target before anything is done, where their `behavior` does not say it:
   * `--horizontal-pod-autoscaler-tolerance`. Default 0.1.
   */
  readonly tolerance: number;
  /**
   * How long after its start the processors of a pod count only once it has been ready for a whole window:
   * `--horizontal-pod-autoscaler-cpu-initialization-period`. Default 300,000.
   */
  readonly cpuInitializationPeriodMs: number;
  /**
   * How soon after its start a pod that is not ready counts as one that never was:
   * `--horizontal-pod-autoscaler-initial-readiness-delay`. Default 30,000.
   */
  readonly initialReadinessDelayMs: number;
}

export const autoscalingDefaults: AutoscalingSettings = {
  syncPeriodMs: 15_000,
  downscaleStabilizationMs: 300_000,
  tolerance: 0.1,
  cpuInitializationPeriodMs: 300_000,
  initialReadinessDelayMs: 30_000,
};
