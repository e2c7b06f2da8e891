/** The files of containers by kubectl: the root folder that each has for itself, what lies in it, what it hides, and what stays. */
import { flows } from "./flows.ts";

const pair = `apiVersion: v1
kind: Pod
metadata: { name: pair }
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - { name: a, image: busybox, command: [ sleep, "600" ], volumeMounts: [ { name: shared, mountPath: /shared } ] }
    - { name: b, image: "nginx:1.27", volumeMounts: [ { name: shared, mountPath: /usr/share/nginx/html } ] }
  volumes: [ { name: shared, emptyDir: {} } ]
`;

const restarting = `apiVersion: v1
kind: Pod
metadata: { name: again }
spec:
  containers:
    - name: c
      image: busybox
      command: [ sh, -c, "ls /kept /data; touch /kept/there /data; trap 'exit 1' USR1; while true; do sleep 0.1; done" ]
      volumeMounts: [ { name: kept, mountPath: /kept } ]
  volumes: [ { name: kept, emptyDir: {} } ]
`;

const readOnly = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { colour: red }
---
apiVersion: v1
kind: Pod
metadata: { name: ro }
spec:
  containers:
    - name: c
      image: busybox
      command: [ sleep, "600" ]
      securityContext: { readOnlyRootFilesystem: true }
      volumeMounts: [ { name: tmp, mountPath: /tmp }, { name: settings, mountPath: /etc/settings } ]
  volumes: [ { name: tmp, emptyDir: {} }, { name: settings, configMap: { name: settings } } ]
`;

flows("files of containers", [
  [
    "a container sees what its image has, and nothing of the machine",
    `
    $ kubectl run web --image=nginx; kubectl wait pod web --for=condition=Ready
    pod/web condition met
    $ kubectl exec web -- ls /
    bin
    docker-entrypoint.sh
    etc
    usr
    var
    $ kubectl exec web -- cat /etc/os-release /etc/hostname
    PRETTY_NAME="Debian GNU/Linux …
    web
    $ kubectl exec web -- ls -la /usr/share/nginx/html
    -rw-r--r-- 1 root root … 50x.html
    -rw-r--r-- 1 root root … index.html
    $ kubectl exec web -- cat /etc/nginx/nginx.conf /etc/nginx/conf.d/default.conf
    user nginx;
    root /usr/share/nginx/html;
    $ kubectl exec web -- sh -c "test -e $PWD && echo the machine"
    ? 1
    ! the machine
    $ kubectl exec web -- sh -c 'pwd; mkdir -p /data && touch /data/a && ls /data'; ls /data
    ? !0
    /
    a
    $ kubectl exec web -- sh -c 'ln -s '$PWD' /tmp/out; ls /tmp/out/ ../../../'$PWD
    ? !0
    $ kubectl exec web -- python3 -c 1
    ? 1
    error: …exec: "python3": executable file not found in $PATH…
    $ kubectl exec web -- env
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    HOME=/root`,
  ],
  [
    "nginx serves what lies in its folder, whoever puts it there",
    `
    $ kubectl run web --image=nginx; kubectl wait pod web --for=condition=Ready
    pod/web condition met
    $ kubectl exec web -- sh -c 'echo hello > /usr/share/nginx/html/index.html'; kubectl exec web -- curl -s localhost
    hello
    $ echo page > page.html; kubectl cp page.html web:/usr/share/nginx/html/page.html; kubectl exec web -- curl -s localhost/page.html
    page
    $ kubectl cp web:/etc/nginx/nginx.conf nginx.conf; grep -c worker_connections nginx.conf
    1
    $ kubectl exec web -- sh -c 'rm /usr/share/nginx/html/index.html; curl -s localhost'
    <head><title>403 Forbidden</title></head>
    $ kubectl exec web -- sh -c 'ln -sf /etc/hostname /usr/share/nginx/html/index.html; curl -s localhost'
    web`,
  ],
  [
    "two containers of a pod have two roots, and share a volume",
    `
    $ kubectl apply -f pair.yaml; kubectl wait pod pair --for=condition=Ready
    pod/pair condition met
    $ kubectl exec pair -c a -- sh -c 'echo from a > /shared/index.html; touch /tmp/of-a; ls -d /shared /etc/nginx'
    ? !0
    /shared
    $ kubectl exec pair -c b -- sh -c 'curl -s localhost; ls /tmp; ls -d /etc/nginx'
    from a
    /etc/nginx
    ! of-a`,
    { "pair.yaml": pair },
  ],
  [
    "a restart begins with a fresh root, and finds its volumes as they were",
    `
    $ kubectl apply -f again.yaml; kubectl wait pod again --for=condition=Ready
    pod/again condition met
    $ kubectl exec again -- kill -USR1 1; kubectl wait pod again --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 --timeout=20s
    pod/again condition met
    $ kubectl wait pod again --for=condition=Ready; sleep 1; kubectl logs again
    ls: /data: No such file or directory
    /kept:
    there
    $ kubectl exec again -- cat /proc/1/cmdline | tr '\\0' ' ' | cut -c1-6
    sh -c`,
    { "again.yaml": restarting },
  ],
  [
    "a root that is read-only, and what is written to all the same",
    `
    $ kubectl apply -f ro.yaml; kubectl wait pod ro --for=condition=Ready
    pod/ro condition met
    $ kubectl exec ro -- touch /x
    ? 1
    touch: /x: Read-only file system
    $ kubectl exec ro -- sh -c 'echo hi > /etc/x'
    ? 1
    sh: can't create /etc/x: Read-only file system
    $ kubectl exec ro -- mkdir -p /a/b
    ? 1
    mkdir: …: Read-only file system
    $ kubectl exec ro -- rm -rf /etc/passwd
    ? 1
    $ kubectl exec ro -- sh -c 'echo hi > /tmp/x && cat /tmp/x /etc/settings/colour'
    hi
    red
    $ kubectl exec ro -- sh -c 'echo blue > /etc/settings/colour'
    ? 1
    sh: can't create /etc/settings/colour: Read-only file system
    $ kubectl exec ro -- grep settings /proc/mounts
    /dev/vda1 /etc/settings ext4 ro,relatime 0 0`,
    { "ro.yaml": readOnly },
  ],
  [
    "images speak as the real ones do, and say how large they are",
    `
    $ kubectl run b --image=busybox --restart=Never -- sleep 600; kubectl run w --image=nginx:1.26; kubectl run p --image=registry.k8s.io/pause:3.10
    pod/p created
    $ kubectl wait pod b w p --for=condition=Ready
    pod/p condition met
    $ kubectl exec b -- ls nope
    ? 1
    ls: nope: No such file or directory
    command terminated with exit code 1
    $ kubectl exec b -- cat /tmp/nope
    ? 1
    cat: can't open '/tmp/nope': No such file or directory
    $ kubectl exec b -- sh -c nope
    ? 127
    sh: nope: not found
    $ kubectl exec w -- ls nope
    ? 2
    ls: cannot access 'nope': No such file or directory
    $ kubectl exec w -- sh -c 'echo x > /nope/x'
    ? 2
    sh: 1: cannot create /nope/x: Directory nonexistent
    $ kubectl exec w -- bash -c nope
    ? 127
    bash: line 1: nope: command not found
    $ kubectl exec p -- sh
    ? 1
    error: …exec: "sh": executable file not found in $PATH…
    $ kubectl exec b -- ps; kubectl exec b -- whoami; kubectl exec b -- id -u
    PID USER TIME COMMAND
    1 root 0:00 sleep 600
    root
    0
    $ kubectl exec w -- sh -c 'ps aux; hostname; df /; mount | head -1'
    root 1 … nginx: master process nginx -g daemon off;
    nginx 29 … nginx: worker process
    w
    overlay … /
    overlay on / type overlay (rw,relatime)
    $ kubectl get pod w -o jsonpath={.status.containerStatuses[0].imageID} | cut -c1-39
    docker.io/library/nginx@sha256:…
    $ kubectl describe pod w
    Image: nginx:1.26
    Image ID: docker.io/library/nginx@sha256:…
    Normal Pulled … Image size: 59772801 bytes.
    $ kubectl run a --image=nginx:1.27-alpine; kubectl wait pod a --for=condition=Ready; kubectl exec a -- cat /etc/os-release /etc/alpine-release
    ID=alpine
    3.22.2`,
  ],
  [
    "whom a container runs as is what it says",
    `
    $ kubectl apply -f as.yaml; kubectl wait pod as --for=condition=Ready
    pod/as condition met
    $ kubectl exec as -- id
    uid=1000 gid=3000 groups=2000,3000
    $ kubectl exec as -- sh -c 'echo hello > /data/testfile; ls -l /data; ls -l / | grep data; ls -ld /tmp'
    total 4
    -rw-r--r-- 1 1000 2000 6 … testfile
    drwxrwsrwx 2 root 2000 … data
    drwxrwxrwt 2 1000 3000 … /tmp
    $ kubectl exec as -- ps
    1 1000 0:00 sh -c sleep 1h`,
    {
      "as.yaml": `apiVersion: v1
kind: Pod
metadata: { name: as }
spec:
  securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000 }
  containers:
    - { name: c, image: "busybox:1.28", command: [ sh, -c, sleep 1h ], volumeMounts: [ { name: v, mountPath: /data } ] }
  volumes: [ { name: v, emptyDir: {} } ]
`,
    },
  ],
  [
    "a folder of the machine is the machine's, the rest is not",
    `
    $ mkdir -p m/in; echo machine > m/in/f; sed "s|PLACE|$PWD/m|" host.yaml | kubectl apply -f -; kubectl wait pod host --for=condition=Ready
    pod/host condition met
    $ kubectl exec host -- sh -c 'cat /host/in/f; cp -r /host /tmp/copy; find /tmp/copy -type f; echo new > /host/g; mv /host/in /tmp/moved; ls /tmp/moved'; ls m
    machine
    /tmp/copy/in/f
    f
    g
    $ kubectl exec host -- sh -c 'mkdir /host/d; touch /host/d/x; rm -r /host/d; ls /host; ls '$PWD
    ? !0
    g
    ls: …No such file or directory
    $ kubectl exec host -- rm -rf /host
    ? 1
    rm: can't remove '/host': Device or resource busy
    $ ls m | wc -l
    0`,
    {
      "host.yaml": `apiVersion: v1
kind: Pod
metadata: { name: host }
spec:
  containers: [ { name: c, image: busybox, command: [ sleep, "600" ], volumeMounts: [ { name: h, mountPath: /host } ] } ]
  volumes: [ { name: h, hostPath: { path: PLACE } } ]
`,
    },
  ],
]);
