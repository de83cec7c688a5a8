//! System calls that confined code may not make.
//!
//! A list of refusals rather than of permissions: compilers and test suites use a wide and growing set of calls. The
//! file system is the business of landlock or of the mount namespace; this filter closes what those do not see.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, sock_filter,
};
use serde::{Deserialize, Serialize};

/// Which socket families may be opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Sockets {
    /// None but pairs: a named socket of the host (a container engine's, a desktop's) could be reached otherwise.
    Pairs,
    /// `AF_UNIX`, where the host's sockets are out of sight.
    Unix,
}

/// Who may be sent signals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Signals {
    /// Whom another layer lets be reached: a process namespace or landlock.
    Elsewhere,
    /// The process itself: for kernels whose landlock does not scope signals.
    OwnProcess,
}

/// Whether modes, times and attributes of files may be changed; landlock does not see that.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Metadata {
    /// Yes: the mount namespace is read-only where nothing is granted.
    Allowed,
    /// Modes only, and none that hands the file to others: linkers make their output executable that way.
    PlainModes,
    /// Nothing. `fchmod` seems to succeed, because the standard library's copy of a file ends with it.
    Refused,
}

/// The variable part of the filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Profile {
    pub(super) sockets: Sockets,
    pub(super) signals: Signals,
    pub(super) metadata: Metadata,
}

/// Why the filter is not in place.
#[derive(Debug, thiserror::Error)]
pub(super) enum SeccompError {
    #[error("cannot build the seccomp filter")]
    Build(#[from] BackendError),
    #[error("cannot install the seccomp filter")]
    Install(#[from] seccompiler::Error),
}

/// Refused whatever their arguments.
const REFUSED: &[i64] = &[
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // A process that leaves its group could outlive the run.
    libc::SYS_setsid,
    libc::SYS_setpgid,
    // Mounts and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    // Kernel surfaces with a history.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_userfaultfd,
    libc::SYS_quotactl,
    libc::SYS_acct,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_personality,
    // Scheduling of others.
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
];

/// Message queues and shared memory with names that every process sees.
const SHARED: &[i64] = &[
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
];

/// Changes of a file's mode by path, with the place of the mode among the arguments.
const MODE: &[(i64, u8)] = &[
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_chmod, 1),
    (libc::SYS_fchmodat, 2),
    (SYS_FCHMODAT2, 2),
];

/// Changes of a file's attributes.
const ATTRIBUTES: &[i64] = &[
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
];

/// Changes of a file's times, which Cargo makes in its target directory.
const TIMES: &[i64] = &[
    libc::SYS_utimensat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_futimesat,
];

/// Set-user-id, set-group-id, writable by others.
const GIVING_AWAY: [u64; 3] = [0o4000, 0o2000, 0o0002];

/// Changes of the owner, which no build needs.
const OWNER: &[i64] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
    libc::SYS_fchown,
    libc::SYS_fchownat,
];

/// Limits and scheduling of a process named by the first argument, where 0 is the caller.
const OF_A_PROCESS: &[i64] = &[
    libc::SYS_prlimit64,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setattr,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
];

/// Priorities of the process, group or user named by the second argument, where 0 is the caller's own.
const PRIORITY: &[(i64, u64)] = &[(libc::SYS_setpriority, 0), (libc::SYS_ioprio_set, 1)];

/// `fchmodat2`, the same number on all architectures since Linux 6.6.
const SYS_FCHMODAT2: i64 = 452;

/// `clone3`, the same number on all architectures.
const CLONE3: u32 = 435;

/// Ways to signal that name the receiver in their first argument.
const SIGNAL_BY_PID: &[i64] =
    &[libc::SYS_kill, libc::SYS_tgkill, libc::SYS_rt_sigqueueinfo, libc::SYS_rt_tgsigqueueinfo];

/// `clone` with one of these makes a namespace.
const NAMESPACES: &[i32] = &[
    libc::CLONE_NEWNS,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Bit 30 marks the x32 interface of x86-64, a second door to the same calls under other numbers.
const X32: u32 = 0x4000_0000;

/// Puts the filter in place for this thread and all it becomes or starts. There is no way back.
pub(super) fn install(profile: Profile) -> Result<(), SeccompError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let refuse = SeccompAction::Errno(libc::EPERM.cast_unsigned());
    let filter = SeccompFilter::new(refusals(profile)?, SeccompAction::Allow, refuse, arch)?;
    let filter: BpfProgram = filter.try_into().map_err(SeccompError::Build)?;
    Ok(seccompiler::apply_filter(&[answers(profile), filter].concat())?)
}

/// Calls that get an answer other than a refusal. Jumps are relative, so that this can stand before another program.
///
/// `clone3` is said not to exist, so that a C library falls back to `clone`, whose flags a filter can see, and so is
/// everything behind the second door.
fn answers(profile: Profile) -> BpfProgram {
    let instruction =
        |code: u32, jt, jf, k| sock_filter { code: u16::try_from(code).unwrap_or(u16::MAX), jt, jf, k };
    let load_number = instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0);
    let answer = |test: u32, number: u32, errno: i32| {
        let value = libc::SECCOMP_RET_ERRNO | errno.cast_unsigned();
        [
            instruction(libc::BPF_JMP | test | libc::BPF_K, 0, 1, number),
            instruction(libc::BPF_RET | libc::BPF_K, 0, 0, value),
        ]
    };
    let mut program = vec![load_number];
    program.extend(answer(libc::BPF_JEQ, CLONE3, libc::ENOSYS));
    if cfg!(target_arch = "x86_64") {
        program.extend(answer(libc::BPF_JGE, X32, libc::ENOSYS));
    }
    if profile.metadata == Metadata::Refused {
        let fchmod = u32::try_from(libc::SYS_fchmod).unwrap_or(u32::MAX);
        program.extend(answer(libc::BPF_JEQ, fchmod, 0));
    }
    program
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn refusals(profile: Profile) -> Result<Rules, BackendError> {
    let mut rules: Rules =
        [REFUSED, SHARED, OWNER].concat().into_iter().map(|call| (call, Vec::new())).collect();
    for flag in NAMESPACES {
        let flag = u64::from(flag.cast_unsigned());
        rules.entry(libc::SYS_clone).or_default().push(rule(0, SeccompCmpOp::MaskedEq(flag), flag)?);
    }
    // TIOCSTI and TIOCLINUX type into a terminal on somebody else's behalf.
    for request in [0x5412, 0x541c] {
        rules.entry(libc::SYS_ioctl).or_default().push(rule(1, SeccompCmpOp::Eq, request)?);
    }
    for call in OF_A_PROCESS {
        rules.insert(*call, vec![rule(0, SeccompCmpOp::Ne, 0)?]);
    }
    for (call, process) in PRIORITY {
        rules.insert(*call, vec![rule(0, SeccompCmpOp::Ne, *process)?, rule(1, SeccompCmpOp::Ne, 0)?]);
    }
    sockets(&mut rules, profile.sockets)?;
    metadata(&mut rules, profile.metadata)?;
    if profile.signals == Signals::OwnProcess {
        own_signals(&mut rules)?;
    }
    Ok(rules)
}

fn sockets(rules: &mut Rules, sockets: Sockets) -> Result<(), BackendError> {
    let unix = u64::from(libc::AF_UNIX.cast_unsigned());
    let other = || Ok::<_, BackendError>(vec![rule(0, SeccompCmpOp::Ne, unix)?]);
    let socket = match sockets {
        Sockets::Pairs => Vec::new(),
        Sockets::Unix => other()?,
    };
    rules.insert(libc::SYS_socket, socket);
    rules.insert(libc::SYS_socketpair, other()?);
    Ok(())
}

fn metadata(rules: &mut Rules, metadata: Metadata) -> Result<(), BackendError> {
    match metadata {
        Metadata::Allowed => return Ok(()),
        Metadata::PlainModes => {
            for (call, mode) in MODE.iter().chain(&[(libc::SYS_fchmod, 1)]) {
                let given = GIVING_AWAY.map(|bit| rule(*mode, SeccompCmpOp::MaskedEq(bit), bit));
                rules.insert(*call, given.into_iter().collect::<Result<_, _>>()?);
            }
        }
        Metadata::Refused => {
            rules.extend(MODE.iter().map(|(call, _)| (*call, Vec::new())));
            rules.extend(TIMES.iter().map(|call| (*call, Vec::new())));
        }
    }
    rules.extend(ATTRIBUTES.iter().map(|call| (*call, Vec::new())));
    Ok(())
}

/// Signals to nobody but this process, which keeps its number when it becomes the program.
fn own_signals(rules: &mut Rules) -> Result<(), BackendError> {
    let own = u64::from(std::process::id());
    for call in SIGNAL_BY_PID {
        rules.insert(*call, vec![rule(0, SeccompCmpOp::Ne, own)?]);
    }
    rules.insert(libc::SYS_tkill, Vec::new());
    rules.insert(libc::SYS_pidfd_send_signal, Vec::new());
    // F_SETOWN, F_SETSIG, F_SETOWN_EX: the kernel sends the signal on the owner's behalf.
    let owner = [8, 10, 15].map(|command| rule(1, SeccompCmpOp::Eq, command));
    rules.insert(libc::SYS_fcntl, owner.into_iter().collect::<Result<_, _>>()?);
    Ok(())
}

fn rule(argument: u8, op: SeccompCmpOp, value: u64) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Dword, op, value)?])
}
