//! Opens the session on the wanted device, and proves that it runs there.

use super::{
    DecodeError, DecoderOptions, Device,
    cache::{Cache, Stride, copy_on_host},
    placement::{CUDA, Placement},
    selector::{self, Selector},
};
use crate::{
    facts::Facts,
    import::{self, GPU_GRAPH, GRAPH},
    protobuf::ElementType,
    runtime::Runtime,
};
use ort::{
    ep,
    memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType},
    session::{
        Session,
        builder::{GraphOptimizationLevel, SessionBuilder},
    },
    value::{DynTensor, Tensor, TensorElementType},
};
use std::{fs, path::Path};

/// A session with what belongs to its device.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) session: Session,
    pub(super) device: Device,
    /// Why the wanted device is not used.
    pub(super) refusal: Option<String>,
    pub(super) allocator: Allocator,
    pub(super) rows: Rows,
}

/// How rows of a cache are copied.
#[derive(Debug)]
pub(super) enum Rows {
    /// In host memory.
    Host,
    /// On the device.
    Device(Selector),
}

impl Rows {
    /// Fills new buffers of the state, all of one shape, with zeros where kernels may read beyond what was written: a value
    /// that is no number would stay none when it is masked.
    pub(super) fn clear(&mut self, buffers: &mut [DynTensor]) -> ort::Result<()> {
        let (Self::Device(selector), Some(first)) = (self, buffers.first()) else { return Ok(()) };
        let dims: Vec<usize> = first.shape().iter().map(|size| (*size).try_into().unwrap_or(0)).collect();
        let row: usize = dims.iter().skip(1).product();
        let (rows, zeros) = (vec![0; dims[0]], vec![half::f16::ZERO; row]);
        let zeros = Tensor::from_array(([&[1], &dims[1..]].concat(), zeros))?.upcast();
        buffers.iter_mut().try_for_each(|buffer| selector.copy(&zeros, buffer, &rows))
    }

    pub(super) fn copy(
        &mut self,
        stride: &Stride,
        from: &DynTensor,
        to: &mut DynTensor,
        rows: &[usize],
        length: usize,
    ) -> ort::Result<()> {
        match self {
            Self::Host => copy_on_host(stride, from, to, rows, length),
            Self::Device(selector) => selector.copy(from, to, rows),
        }
    }
}

impl Opened {
    /// The element type of the cache.
    pub(super) fn element(&self) -> TensorElementType {
        match self.device {
            Device::Cpu => TensorElementType::Float32,
            Device::Cuda => TensorElementType::Float16,
        }
    }
}

/// Opens the model of `dir` on the device wanted, or on the CPU with a reason.
pub(super) fn open(
    runtime: &Runtime,
    dir: &Path,
    facts: &Facts,
    options: DecoderOptions,
) -> Result<Opened, DecodeError> {
    let unpacked =
        import::unpack(dir, facts).map_err(|source| DecodeError::Unpack { dir: dir.to_owned(), source })?;
    let refusal = match options.device {
        Device::Cpu => None,
        Device::Cuda => match open_cuda(runtime, unpacked.dir(), facts, options) {
            Ok(opened) => return Ok(opened),
            Err(reason) => {
                tracing::warn!(reason, "CUDA is not used");
                Some(reason)
            }
        },
    };
    let load = |source| DecodeError::Load { dir: dir.to_owned(), source };
    let session = builder(runtime, options)
        .and_then(|mut builder| builder.commit_from_file(unpacked.dir().join(GRAPH)))
        .map_err(load)?;
    Ok(Opened { session, device: Device::Cpu, refusal, allocator: Allocator::default(), rows: Rows::Host })
}

/// Threads wait instead of spinning: other work shares the machine, and spinning gains nothing measurable here.
fn builder(runtime: &Runtime, options: DecoderOptions) -> ort::Result<SessionBuilder> {
    Ok(Session::builder(runtime.environment())?
        .with_optimization_level(GraphOptimizationLevel::Level3)?
        .with_intra_threads(options.threads)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?)
}

fn open_cuda(
    runtime: &Runtime,
    dir: &Path,
    facts: &Facts,
    options: DecoderOptions,
) -> Result<Opened, String> {
    if !facts.gpu {
        return Err("the model was imported without a graph for GPUs".to_owned());
    }
    let profiles = tempfile::tempdir().map_err(|error| format!("no place for a profile: {error}"))?;
    let mut opened = load_cuda(runtime, dir, options, profiles.path())
        .map_err(|error| format!("CUDA cannot be used: {error}"))?;
    let placement = probe(&mut opened, facts)?;
    if placement.is_all_on(CUDA) {
        return Ok(opened);
    }
    Err(format!("CUDA would run only a part of the graph: {placement:?}"))
}

fn load_cuda(runtime: &Runtime, dir: &Path, options: DecoderOptions, profiles: &Path) -> ort::Result<Opened> {
    let provider = || [ep::CUDA::default().build().error_on_failure()];
    let session = builder(runtime, options)?
        .with_execution_providers(provider())?
        .with_profiling(profiles.join("placement"))?
        .commit_from_file(dir.join(GPU_GRAPH))?;
    let memory = MemoryInfo::new(AllocationDevice::CUDA, 0, AllocatorType::Device, MemoryType::Default)?;
    let allocator = Allocator::new(&session, memory)?;
    let selector = builder(runtime, options)?
        .with_execution_providers(provider())?
        .commit_from_memory(&selector::model(ElementType::Float16))?;
    let rows = Rows::Device(Selector::new(selector));
    Ok(Opened { session, device: Device::Cuda, refusal: None, allocator, rows })
}

/// Runs one token and reads from the profile where its nodes ran.
fn probe(opened: &mut Opened, facts: &Facts) -> Result<Placement, String> {
    let mut run = || -> ort::Result<String> {
        let mut cache = Cache::new(opened, facts, 1, 1)?;
        cache.run(&mut opened.session, vec![0])?;
        opened.session.end_profiling()
    };
    let profile = run().map_err(|error| format!("the probe fails: {error}"))?;
    let text = fs::read_to_string(&profile).map_err(|error| format!("cannot read `{profile}`: {error}"))?;
    Placement::parse(&text).map_err(|error| error.to_string())
}
