/** Pods by kubectl: run, logs, exec, attach, cp, debug, and what stands in the files of a container. */
import { flows } from "./flows.ts";

const several = `apiVersion: v1
kind: Pod
metadata: { name: m, labels: { app: m } }
spec:
  terminationGracePeriodSeconds: 1
  initContainers: [ { name: init, image: busybox, command: [ sh, -c, echo from init ] } ]
  containers:
    - { name: a, image: busybox, command: [ sh, -c, "for i in 1 2 3; do echo line $i; done; sleep 600" ] }
    - { name: b, image: busybox, command: [ sh, -c, "echo out; echo err >&2; sleep 600" ] }
---
apiVersion: v1
kind: Pod
metadata: { name: crash }
spec: { containers: [ { name: c, image: busybox, command: [ sh, -c, "echo tried; exit 2" ] } ] }
`;

const shared = `apiVersion: v1
kind: Pod
metadata: { name: s }
spec:
  shareProcessNamespace: true
  terminationGracePeriodSeconds: 1
  containers:
    - { name: web, image: nginx }
    - { name: shell, image: "busybox:1.28", command: [ sleep, "3600" ] }
`;

const files = `apiVersion: v1
kind: Pod
metadata: { name: f }
spec:
  terminationGracePeriodSeconds: 1
  hostAliases: [ { ip: 10.1.2.3, hostnames: [ foo.remote, bar.remote ] } ]
  dnsConfig: { options: [ { name: ndots, value: "2" } ] }
  containers:
    - name: c
      image: busybox
      command: [ sleep, "600" ]
      workingDir: /srv/app
      volumeMounts: [ { name: data, mountPath: /data } ]
  volumes: [ { name: data, emptyDir: {} } ]
`;

const ends = (name: string, more: string, command: string) => `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec: { restartPolicy: Never, containers: [ { name: c, image: busybox, ${more} command: [ sh, -c, "${command}" ] } ] }
---
`;

flows("kubectl run, logs, exec, cp, debug", [
  [
    "run: what is made, attached, removed, and its exit code",
    `
    $ kubectl run q -i --rm --image=busybox --restart=Never -- echo hello
    hello
    pod "q" deleted from flow-0 namespace
    $ kubectl run q --rm -i --image=busybox --restart=Never -- sh -c 'echo hello; exit 3'
    ? 3
    hello
    pod flow-0/q terminated (Error)
    $ echo some input | kubectl run q --rm -i --image=busybox --restart=Never -- cat
    some input
    $ script -qec "kubectl run q -it --rm --image=busybox --restart=Never -- tty" /dev/null
    /dev/pts/0
    $ kubectl run web --image=nginx --port=80 --expose --labels=app=web,tier=front --env=A=1
    service/web created
    pod/web created
    $ kubectl get svc web -o wide
    web ClusterIP 10.… <none> 80/TCP … app=web,tier=front
    $ kubectl run job --image=busybox --restart=OnFailure --command -- sh -c 'exit 0'
    pod/job created
    $ kubectl get pod job -o jsonpath='{.spec.restartPolicy} {.spec.containers[0].command}'
    OnFailure ["sh","-c","exit 0"]
    $ kubectl run o --image=busybox --overrides='{"apiVersion":"v1","spec":{"terminationGracePeriodSeconds":7}}' -o jsonpath={.spec.terminationGracePeriodSeconds}
    7
    $ kubectl run x --image=busybox --rm
    ? 1
    error: --rm should only be used for attached containers`,
  ],
  [
    "logs: of which containers, how much, and from when",
    `
    $ kubectl apply -f pods.yaml
    pod/m created
    $ kubectl wait pod m --for=condition=Ready --timeout=30s
    pod/m condition met
    $ kubectl logs m --tail=1
    line 3
    Defaulted container "a" out of: a, b, init (init)
    $ kubectl logs m --all-containers --prefix
    [pod/m/init] from init
    $ kubectl logs -l app=m --all-containers --tail=1 | sort
    err
    from init
    line 3
    $ kubectl logs m -c a --limit-bytes=5 --timestamps=false; echo .
    line .
    $ kubectl logs m a --timestamps --since=1h | grep -cE '^[0-9-]{10}T[0-9:]{8}\\.[0-9]{9}Z line [123]$'
    3
    $ kubectl logs m -c a --since-time=2099-01-01T00:00:00Z | wc -l
    0
    $ kubectl logs crash -p
    tried
    $ kubectl logs m -c a -p
    ? 1
    Error from server (BadRequest): previous terminated container "a" in pod "m" not found
    $ kubectl logs m -c nope
    ? 1
    error: container nope is not valid for pod m
    $ kubectl get pod m -o jsonpath='{.status.initContainerStatuses[0].ready}'
    true
    $ kubectl create job j --image=busybox -- sh -c 'for i in 1 2; do echo $i; sleep 0.5; done'
    job.batch/j created
    $ kubectl wait pod -l job-name=j --for=condition=PodScheduled; sleep 0.5; kubectl logs -f job/j
    1
    2`,
    { "pods.yaml": several },
  ],
  [
    "exec: streams, exit codes, what does not run",
    `
    $ kubectl apply -f pods.yaml
    pod/m created
    $ kubectl wait pod m --for=condition=Ready --timeout=30s
    pod/m condition met
    $ kubectl exec m -c b -- sh -c 'echo $((6*7)); exit 7'
    ? 7
    42
    command terminated with exit code 7
    $ echo abc | kubectl exec -i m -c b -- tr a-z A-Z
    ABC
    $ script -qec "kubectl exec -it m -c b -- tty" /dev/null
    /dev/pts/0
    $ test "$(kubectl exec m -c b -- hostname -i)" = "$(kubectl get pod m -o jsonpath={.status.podIP})"
    $ kubectl exec m -c init -- date
    ? 1
    error: Internal error occurred: unable to upgrade connection: container not found ("init")
    $ kubectl exec m -c b -- nonsense
    ? 1
    error: Internal error occurred: error executing command in container: …exec: "nonsense": executable file not found in $PATH…
    $ kubectl exec m -c nope -- date
    ? 1
    Error from server (BadRequest): container nope is not valid for pod m`,
    { "pods.yaml": several },
  ],
  [
    "files: what the kubelet writes, what is the container's own, volumes, cp both ways",
    `
    $ kubectl apply -f f.yaml; mkdir -p d/sub; echo one > d/1.txt; echo two > d/sub/2.txt; echo x > /tmp/k4s-flow-machine
    pod/f created
    $ kubectl wait pod f --for=condition=Ready --timeout=30s
    pod/f condition met
    $ kubectl exec f -- cat /etc/hosts
    # Kubernetes-managed hosts file.
    127.… f
    10.1.2.3 foo.remote bar.remote
    $ kubectl exec f -- cat /etc/resolv.conf /etc/hostname
    search flow-3.svc.cluster.local svc.cluster.local cluster.local
    options ndots:2
    f
    $ kubectl exec f -- pwd
    /srv/app
    $ kubectl cp d f:/data/d
    $ kubectl exec f -- ls -R /data
    /data/d:
    1.txt
    sub
    /data/d/sub:
    2.txt
    $ kubectl exec f -- sh -c 'cd /data/d && sed s/one/three/ 1.txt && find /data -name 2.txt'
    three
    /data/d/sub/2.txt
    $ kubectl cp f:/data/d back; cat back/1.txt back/sub/2.txt
    one
    two
    $ kubectl cp d/1.txt f:/tmp; kubectl cp flow-3/f:/tmp/1.txt again --retries=2; cat again
    one
    $ kubectl exec f -- ls /tmp; ls /tmp | grep -c k4s-flow-machine; rm /tmp/k4s-flow-machine
    1.txt
    1
    $ kubectl exec f -- sh -c 'tar czf x.tgz /data/d && tar tzf x.tgz'
    data/d/sub/2.txt
    $ kubectl cp f:/nope there
    tar: /nope: No such file or directory
    $ kubectl cp nope f:/tmp
    ? 1
    error: nope doesn't exist in local filesystem
    $ kubectl run web --image=nginx; kubectl wait pod web --for=condition=Ready
    pod/web condition met
    $ kubectl exec web -- sh -c 'echo mine > /usr/share/nginx/html/index.html; curl -s localhost'
    mine`,
    { "f.yaml": files },
  ],
  [
    "the message of an end: a file, or the log",
    `
    $ kubectl apply -f ends.yaml
    pod/said created
    $ kubectl wait pod said logged --for=jsonpath={.status.phase}=Failed --timeout=20s
    pod/logged condition met
    $ kubectl get pods -o jsonpath='{range .items[*]}{.metadata.name}={.status.containerStatuses[0].state.terminated.message}{end}'
    logged=bad things
    said=Sleep expired`,
    {
      "ends.yaml":
        ends("said", "", "echo Sleep expired > /dev/termination-log; exit 1") +
        ends("logged", "terminationMessagePolicy: FallbackToLogsOnError,", "echo bad things; exit 1"),
    },
  ],
  [
    "processes: of all containers of a pod that shares them, else a container's own",
    `
    $ kubectl apply -f shared.yaml -f pods.yaml
    pod/s created
    pod/m created
    $ kubectl wait pod s m --for=condition=Ready --timeout=30s
    pod/s condition met
    pod/m condition met
    $ kubectl exec s -c shell -- ps ax
    PID USER TIME COMMAND
    1 root 0:00 /pause
    7 root 0:00 nginx: master process nginx -g daemon off;
    8 nginx 0:00 nginx: worker process
    13 root 0:00 sleep 3600
    36 root 0:00 ps ax
    $ kubectl exec m -c b -- ps ax
    PID USER TIME COMMAND
    1 root 0:00 sh -c echo out; echo err >&2; sleep 600
    36 root 0:00 ps ax
    $ kubectl exec s -c shell -- pkill sleep
    ? 137
    command terminated with exit code 137
    $ kubectl wait pod s --for=jsonpath='{.status.containerStatuses[1].restartCount}'=1 --timeout=20s
    pod/s condition met`,
    { "pods.yaml": several, "shared.yaml": shared },
  ],
  [
    "debug: a container beside the others, a copy, a node",
    `
    $ kubectl apply -f pods.yaml
    pod/m created
    $ kubectl wait pod m --for=condition=Ready --timeout=30s
    pod/m condition met
    $ kubectl debug m -i --image=busybox -c d1 --target=a -- sh -c 'echo looked; exit 4'
    looked
    $ kubectl debug m -i --image=busybox -c d0 --target=b -- ps
    PID USER TIME COMMAND
    1 root 0:00 sh -c echo out; echo err >&2; sleep 600
    7 root 0:00 ps
    36 root 0:00 ps
    $ kubectl debug m --image=busybox -c d2 --attach=false -- sh -c 'echo stays; sleep 600'
    $ kubectl wait pod m --for=jsonpath='{.status.ephemeralContainerStatuses[2].state.running}' --timeout=10s
    pod/m condition met
    $ kubectl exec m -c d2 -- echo inside; kubectl logs m -c d2
    inside
    stays
    $ kubectl get pod m -o jsonpath='{.status.ephemeralContainerStatuses[0].state.terminated.exitCode} {.status.phase}'
    4 Running
    $ kubectl describe pod m
    Ephemeral Containers:
    d1:
    Exit Code: 4
    d0:
    Exit Code: 0
    d2:
    State: Running
    Normal Started … kubelet spec.ephemeralContainers{d2}: Container started
    $ kubectl debug m --image=busybox --copy-to=copy -c extra --attach=false -- sleep 600
    $ kubectl get pod copy -o jsonpath='{.spec.containers[*].name}'
    a b extra
    $ kubectl debug m --copy-to=other --set-image=*=alpine --attach=false; kubectl get pod other -o jsonpath='{.spec.containers[*].image}'
    alpine alpine
    $ kubectl debug node/node-0 -i --image=busybox -- echo on it
    Creating debugging pod node-debugger-node-0-… with container debugger on node node-0.
    on it
    $ kubectl debug m --image=busybox -c a --attach=false
    ? !0`,
    { "pods.yaml": several },
  ],
]);
