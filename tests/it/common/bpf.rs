//! Runs classic BPF as the kernel does (Linux, `net/core/filter.c`).

use sagap::capture::socket::filter::Instruction;

/// How many bytes of `frame` pass, seen on an interface of this type of hardware.
///
/// Panics for what the kernel refuses to attach: an unknown instruction, a jump behind the end.
pub(crate) fn run(program: &[Instruction], frame: &[u8], hardware: u32) -> u32 {
    assert!(program.len() <= 4096, "{} instructions are more than the kernel takes", program.len());
    let (mut a, mut x, mut memory, mut at) = (0_u32, 0_u32, [None; 16], 0);
    let length = u32::try_from(frame.len()).unwrap();
    loop {
        let Instruction { code, jt, jf, k } = program[at];
        at += 1;
        let behind = x.wrapping_add(k);
        let loaded = match code {
            0x20 if k == 0xffff_f000 + 28 => Some(hardware),
            0x20 => load(frame, k, 4),
            0x28 => load(frame, k, 2),
            0x40 => load(frame, behind, 4),
            0x48 => load(frame, behind, 2),
            0x50 => load(frame, behind, 1),
            0x80 => Some(length),
            0x60 | 0x61 => Some(memory[k as usize].expect("memory is written before it is read")),
            _ => Some(0),
        };
        // A load behind the end drops the frame.
        let Some(loaded) = loaded else { return 0 };
        let mut jump = |holds: bool| at += usize::from(if holds { jt } else { jf });
        match code {
            0x20 | 0x28 | 0x40 | 0x48 | 0x50 | 0x80 | 0x60 => a = loaded,
            0x61 => x = loaded,
            0x01 => x = k,
            0x02 => memory[k as usize] = Some(a),
            0x03 => memory[k as usize] = Some(x),
            0x04 => a = a.wrapping_add(k),
            0x0c => a = a.wrapping_add(x),
            0x54 => a &= k,
            0x64 => a <<= k,
            0x74 => a >>= k,
            0x07 => x = a,
            0x87 => a = x,
            0x15 => jump(a == k),
            0x35 => jump(a >= k),
            0x3d => jump(a >= x),
            0x05 => at += k as usize,
            0x06 => return k,
            other => panic!("instruction {other:#x} is not one that the filter uses"),
        }
    }
}

fn load(frame: &[u8], from: u32, bytes: usize) -> Option<u32> {
    let from = from as usize;
    let bytes = frame.get(from..from.checked_add(bytes)?)?;
    Some(bytes.iter().fold(0, |number, &byte| number << 8 | u32::from(byte)))
}
