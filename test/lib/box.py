"""A throw-away machine: its own mounts, processes, network and host name, on a root in memory.

Reads one JSON request per line and writes one JSON reply per line. A request has the entries to
create, the commands to run and the files to read. The kernel removes everything with the process.
With --preload the modules of cloud-init are imported once and each stage is a fork of that state.
"""
import base64
import ctypes
import fcntl
import json
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import traceback

NEW_NAMESPACES = 0x00020000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000
MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1
SYS_PIVOT_ROOT = {'x86_64': 155, 'aarch64': 41}[os.uname().machine]
HIDDEN = '/.box'

libc = ctypes.CDLL(None, use_errno=True)


def check(code, what):
    if code != 0:
        number = ctypes.get_errno()
        raise OSError(number, f'{what}: {os.strerror(number)}')


def mount(source, target, kind, flags=0, options=None):
    check(
        libc.mount(
            source.encode(), target.encode(), kind.encode() if kind else None, flags,
            options.encode() if options else None,
        ),
        f'mount {target}',
    )


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def answer(request):
    """The reply to one request, made by a child process in its own namespaces."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        outer_child(request, write_end)
    os.close(write_end)
    with os.fdopen(read_end, 'rb') as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text or json.dumps({'error': 'the box ended without a reply'}).encode()


def outer_child(request, write_end):
    die_with_parent()
    try:
        # A named network namespace exists already: it is entered, not created.
        network = request.get('network')
        if network:
            with open(network) as handle:
                check(libc.setns(handle.fileno(), 0x40000000), 'setns')
        check(libc.unshare(NEW_NAMESPACES & ~(0x40000000 if network else 0)), 'unshare')
        inner = os.fork()
        if inner == 0:
            die_with_parent()
            inside(request, write_end)
        os.waitpid(inner, 0)
    except BaseException:
        os.write(write_end, json.dumps({'error': traceback.format_exc()}).encode())
    os._exit(0)


def inside(request, write_end):
    try:
        reply = run_steps(request)
    except BaseException:
        reply = {'error': traceback.format_exc()}
    with os.fdopen(write_end, 'wb') as pipe:
        pipe.write(json.dumps(reply).encode())
    os._exit(0)


def run_steps(request):
    enter_root(request)
    socket.sethostname(request.get('hostname', 'box'))
    if not request.get('network'):
        loopback_up(request.get('addresses', []))
    for item in request.get('setup', []):
        create(item)
    for argv in request.get('background', []):
        start(argv, base_environment(request), os.open('/dev/null', os.O_RDWR), {})
    before = snapshot(request)
    previous = before
    steps = []
    for step in request['steps']:
        result = run(step, request)
        after = snapshot(request)
        result['entries'] = changes(before, after, request)
        result['changedPaths'] = changed_paths(previous, after)
        result['unchangedDirectories'] = unchanged_directories(before, after, request)
        result['read'] = {path: content_of(path) for path in request.get('read', [])}
        result['accounts'] = accounts(request)
        steps.append(result)
        previous = after
        if result['code'] != 0 and step.get('required'):
            break
    return {'steps': steps}


def enter_root(request):
    mount('none', '/', None, MS_REC | MS_PRIVATE)
    root = '/tmp'
    binds = [(bind['to'], os.open(bind['from'], os.O_PATH)) for bind in request.get('binds', [])]
    usr = os.open('/usr', os.O_PATH)
    mount('tmpfs', root, 'tmpfs', 0, 'mode=0755')
    os.chdir(root)
    for name in ('proc', 'sys', 'dev', 'run', 'var', 'var/log', 'var/lib', 'etc', 'opt', 'srv', 'home', 'usr', '.box'):
        os.mkdir(name, 0o755)
    for name, mode in (('tmp', 0o1777), ('var/tmp', 0o1777), ('root', 0o700)):
        os.mkdir(name)
        os.chmod(name, mode)
    for name in ('bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'):
        if name in ('bin', 'sbin', 'lib', 'lib64'):
            os.symlink(f'usr/{name}', name)
    for name in ('lower', 'upper', 'work', 'masked'):
        os.mkdir(f'.box/{name}')
    mount(f'/proc/self/fd/{usr}', f'{root}/.box/lower', None, MS_BIND)
    mount('none', f'{root}/.box/lower', None, MS_BIND | MS_REMOUNT | MS_RDONLY)
    for path in request.get('mask', []):
        if path.startswith('/usr/') and os.path.lexists(f'{root}/.box/lower/{path[5:]}'):
            target = f'{root}/.box/upper/{path[5:]}'
            make_parents(target)
            os.mknod(target, stat.S_IFCHR, 0)
    mount('overlay', f'{root}/usr', 'overlay', 0,
          f'lowerdir={root}/.box/lower,upperdir={root}/.box/upper,workdir={root}/.box/work')
    mount('tmpfs', f'{root}/usr/local', 'tmpfs', 0, 'mode=0755')
    for name in ('bin', 'sbin', 'lib', 'etc', 'share'):
        os.mkdir(f'usr/local/{name}', 0o755)
    devices(root)
    for target, handle in binds:
        place = root + target
        make_parents(place)
        if os.path.isdir(f'/proc/self/fd/{handle}'):
            os.makedirs(place, exist_ok=True)
        else:
            open(place, 'a').close()
        mount(f'/proc/self/fd/{handle}', place, None, MS_BIND | MS_REC)
        mount('none', place, None, MS_BIND | MS_REMOUNT | MS_RDONLY)
        os.close(handle)
    os.close(usr)
    mount('proc', f'{root}/proc', 'proc')
    os.mkdir('.box/old')
    check(libc.syscall(SYS_PIVOT_ROOT, root.encode(), f'{root}/.box/old'.encode()), 'pivot_root')
    os.chdir('/')
    check(libc.umount2(b'/.box/old', MNT_DETACH), 'umount')
    os.rmdir('/.box/old')
    os.umask(0o022)


def make_parents(path):
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)


def devices(root):
    mount('tmpfs', f'{root}/dev', 'tmpfs', MS_NOSUID, 'mode=0755')
    for name, minor in (('null', 3), ('zero', 5), ('full', 7), ('random', 8), ('urandom', 9)):
        os.mknod(f'{root}/dev/{name}', stat.S_IFCHR | 0o666, os.makedev(1, minor))
        os.chmod(f'{root}/dev/{name}', 0o666)
    os.mkdir(f'{root}/dev/shm')
    for name, target in (('fd', '/proc/self/fd'), ('stdin', 'fd/0'), ('stdout', 'fd/1'), ('stderr', 'fd/2')):
        os.symlink(target, f'{root}/dev/{name}')


def loopback_up(addresses):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, 0x8914, struct.pack('16sh14x', b'lo', 1 | 64))
    for address in addresses:
        subprocess.run(['/usr/sbin/ip', 'address', 'add', address, 'dev', 'lo'], check=True)


def create(item):
    path, kind = item['path'], item.get('kind', 'file')
    make_parents(path)
    if kind == 'link':
        os.symlink(item['target'], path)
        return
    if kind == 'directory':
        os.makedirs(path, exist_ok=True)
    else:
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, 'wb') as handle:
            handle.write(base64.b64decode(item['content']))
    user, group = item.get('owner', 'root:root').split(':')
    os.chown(path, number_of(user, '/etc/passwd'), number_of(group, '/etc/group'))
    os.chmod(path, item.get('mode', 0o755 if kind == 'directory' else 0o644))


def number_of(name, path):
    # getpwnam would use this machine's name services, not the files of the box.
    if name == 'root':
        return 0
    return next(int(line[2]) for line in lines(path) if line[0] == name)


def base_environment(request):
    environment = {
        'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'HOME': '/root',
        'LANG': 'C.UTF-8',
    }
    environment.update(request.get('env', {}))
    return environment


def start(argv, environment, output, step, errors=None):
    child = os.fork()
    if child != 0:
        return child
    try:
        os.setsid()
        source = step.get('input')
        if source is None:
            os.dup2(os.open('/dev/null', os.O_RDONLY), 0)
        else:
            with tempfile.TemporaryFile(dir=HIDDEN) as handle:
                handle.write(base64.b64decode(source))
                handle.flush()
                handle.seek(0)
                os.dup2(handle.fileno(), 0)
        os.dup2(output, 1)
        os.dup2(output if errors is None else errors, 2)
        os.closerange(3, 256)
        os.chdir(step.get('cwd', '/'))
        if step.get('preloaded'):
            preloaded(argv, environment)
        os.execvpe(argv[0], argv, environment)
    except BaseException as error:
        os.write(2, f'{argv[0]}: {error}\n'.encode())
    os._exit(127)


def preloaded(argv, environment):
    """Calls cloud-init's main() with the modules imported before the fork, as the command does."""
    from cloudinit.cmd.main import main

    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ['/usr/bin/cloud-init', *argv[1:]]
    sys.stdin = open(0, closefd=False)
    sys.stdout = open(1, 'w', buffering=1, closefd=False)
    sys.stderr = open(2, 'w', buffering=1, closefd=False)
    try:
        code = main(sysv_args=sys.argv)
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    if isinstance(code, str):
        os.write(2, code.encode())
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def run(step, request):
    environment = base_environment(request)
    environment.update(step.get('env', {}))
    with tempfile.TemporaryFile(dir=HIDDEN) as output, tempfile.TemporaryFile(dir=HIDDEN) as errors:
        started = time.monotonic()
        child = start(step['argv'], environment, output.fileno(), step, errors.fileno())
        status, late = wait_for(child, started + step.get('timeout', 60))
        seconds = time.monotonic() - started
        output.seek(0)
        errors.seek(0)
        return {
            'code': 124 if late else os.waitstatus_to_exitcode(status),
            'timedOut': late,
            'seconds': seconds,
            'stdout': encode(output.read()),
            'stderr': encode(errors.read()),
        }


def wait_for(child, deadline):
    pause = 0.0005
    while True:
        # This process is number 1 of its box: it also reaps orphaned processes.
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended == child:
            return status, False
        if ended != 0:
            continue
        if time.monotonic() > deadline:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return 0, True
        time.sleep(pause)
        pause = min(pause * 1.5, 0.01)


def encode(data):
    return base64.b64encode(data).decode()


def content_of(path):
    try:
        with open(path, 'rb') as handle:
            return encode(handle.read())
    except OSError:
        return None


def snapshot(request):
    """Everything below the watched root by path, with the values that change with a modification."""
    found = {}
    top = request.get('tree', '/')
    skip = {'/proc', '/sys', '/dev', '/usr', HIDDEN} if top == '/' else set()
    walk(top, skip, found)
    if top == '/':
        walk('/usr/local', set(), found)
        walk_upper(found)
    return found


def walk(top, skip, found):
    waiting = [top]
    while waiting:
        with os.scandir(waiting.pop()) as items:
            for item in items:
                if item.path in skip:
                    continue
                record(item.path, item.stat(follow_symlinks=False), found)
                if item.is_dir(follow_symlinks=False):
                    waiting.append(item.path)


def walk_upper(found):
    upper = f'{HIDDEN}/upper'
    waiting = [upper]
    while waiting:
        with os.scandir(waiting.pop()) as items:
            for item in items:
                path = '/usr' + item.path[len(upper):]
                state = item.stat(follow_symlinks=False)
                if path == '/usr/local' or (stat.S_ISCHR(state.st_mode) and state.st_rdev == 0):
                    continue
                if item.is_dir(follow_symlinks=False):
                    waiting.append(item.path)
                    if same_below(path, state):
                        continue
                record(path, state, found)


def same_below(path, state):
    """Whether a directory is in the writable layer only because an entry below it is new."""
    try:
        below = os.lstat(f'{HIDDEN}/lower{path[4:]}')
    except OSError:
        return False
    return (below.st_mode, below.st_uid, below.st_gid) == (state.st_mode, state.st_uid, state.st_gid)


def record(path, state, found):
    content = () if stat.S_ISDIR(state.st_mode) else (state.st_ino, state.st_size, state.st_mtime_ns)
    found[path] = (state.st_mode, state.st_uid, state.st_gid, *content)


def changed_paths(before, after):
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def unchanged_directories(before, after, request):
    names = owner_names(request)
    return [
        describe(path, state, names)
        for path, state in after.items()
        if stat.S_ISDIR(state[0]) and before.get(path) == state
    ]


def changes(before, after, request):
    names = owner_names(request)
    return [
        describe(path, state, names)
        for path, state in sorted(after.items())
        if before.get(path) != state
    ]


def describe(path, state, names):
    mode, uid, gid = state[:3]
    entry = {
        'path': path,
        'mode': stat.S_IMODE(mode),
        'owner': f'{names.get(("u", uid), uid)}:{names.get(("g", gid), gid)}',
    }
    if stat.S_ISDIR(mode):
        return {**entry, 'kind': 'directory'}
    if stat.S_ISLNK(mode):
        return {**entry, 'kind': 'link', 'target': os.readlink(path)}
    if stat.S_ISREG(mode):
        return {**entry, 'kind': 'file', 'content': content_of(path)}
    return {**entry, 'kind': 'other'}


def lines(path):
    try:
        with open(path, encoding='utf-8', errors='surrogateescape') as handle:
            return [line.rstrip('\n').split(':') for line in handle if ':' in line]
    except OSError:
        return []


def owner_names(request):
    top = request.get('tree', '/').rstrip('/')
    users = {('u', int(line[2])): line[0] for line in reversed(lines(f'{top}/etc/passwd'))}
    groups = {('g', int(line[2])): line[0] for line in reversed(lines(f'{top}/etc/group'))}
    return {**users, **groups}


def accounts(request):
    top = request.get('tree', '/').rstrip('/')
    return [
        {'name': line[0], 'uid': int(line[2]), 'home': line[5], 'shell': line[6]}
        for line in lines(f'{top}/etc/passwd')
    ]


def import_cloud_init():
    """Imports the modules of the four stages, so that a fork does not have to."""
    import importlib
    import pkgutil

    for name in (
        'cloudinit.cmd.main', 'cloudinit.cmd.status', 'cloudinit.config.schema', 'jsonschema', 'jsonschema.validators',
        'cloudinit.sources.DataSourceNoCloud', 'cloudinit.sources.DataSourceNone', 'cloudinit.distros.debian',
        'cloudinit.stages', 'cloudinit.net.netplan', 'cloudinit.net.eni', 'cloudinit.handlers.cloud_config',
        'cloudinit.handlers.jinja_template', 'cloudinit.handlers.shell_script', 'cloudinit.handlers.boot_hook',
        'cloudinit.handlers.shell_script_by_frequency', 'cloudinit.mergers.m_dict', 'cloudinit.mergers.m_list',
        'cloudinit.mergers.m_str', 'cloudinit.reporting.handlers', 'email.mime.text', 'urllib3', 'encodings.idna',
        'cloudinit.config.cc_bootcmd', 'cloudinit.config.cc_write_files', 'cloudinit.config.cc_set_hostname',
        'cloudinit.config.cc_users_groups', 'cloudinit.config.cc_ssh', 'cloudinit.config.cc_runcmd',
        'cloudinit.config.cc_write_files_deferred', 'cloudinit.config.cc_scripts_user',
        'cloudinit.config.cc_scripts_per_boot', 'cloudinit.config.cc_scripts_per_instance',
        'cloudinit.config.cc_scripts_per_once',
    ):
        importlib.import_module(name)
    for module in pkgutil.iter_modules(importlib.import_module('cloudinit.distros').__path__):
        if module.name in ('debian', 'parsers'):
            importlib.import_module(f'cloudinit.distros.{module.name}')
    for name in ('hostname', 'hosts', 'sys_conf', 'resolv_conf'):
        importlib.import_module(f'cloudinit.distros.parsers.{name}')


def main():
    die_with_parent()
    if '--preload' in sys.argv[1:]:
        import_cloud_init()
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(answer(json.loads(line)) + b'\n')
        sys.stdout.buffer.flush()


main()
