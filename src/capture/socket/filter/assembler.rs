//! Classic BPF: instructions, and the few forms that a filter is put together from.
//!
//! Sources: "The BSD Packet Filter" (USENIX 1993), §3; Linux, `Documentation/networking/filter.rst`.

/// An instruction of classic BPF, as `struct sock_filter` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// What it does.
    pub code: u16,
    /// How many instructions are stepped over where its condition holds.
    pub jt: u8,
    /// How many are where it does not.
    pub jf: u8,
    /// Its constant.
    pub k: u32,
}

/// A program that grows. Jumps lead forwards only, so each program comes to an end.
#[derive(Default)]
pub(super) struct Assembler {
    code: Vec<Instruction>,
}

/// A condition on the accumulator.
#[derive(Clone, Copy)]
pub(super) enum Test {
    /// It is this.
    Is(u32),
    /// It is this or more.
    AtLeast(u32),
    /// It is the index register or more.
    AtLeastIndex,
}

impl Assembler {
    /// The program: what comes to its end passes.
    pub(super) fn finish(mut self) -> Vec<Instruction> {
        self.accept();
        self.code
    }

    /// Emits an instruction that is no jump.
    pub(super) fn push(&mut self, code: u16, k: u32) {
        self.code.push(Instruction { code, jt: 0, jf: 0, k });
    }

    /// Lets the frame pass, whole.
    pub(super) fn accept(&mut self) {
        self.push(RETURN, WHOLE);
    }

    /// Drops the frame.
    pub(super) fn drop_frame(&mut self) {
        self.push(RETURN, 0);
    }

    /// Runs `body` where one of these tests holds.
    pub(super) fn when(&mut self, tests: &[Test], body: impl FnOnce(&mut Self)) {
        self.step_over_next(tests);
        let jump = self.code.len();
        self.push(JUMP, 0);
        body(self);
        let over = u32::try_from(self.code.len() - jump - 1).unwrap_or(u32::MAX);
        if let Some(jump) = self.code.get_mut(jump) {
            jump.k = over;
        }
    }

    /// Lets the frame pass unless one of these tests holds.
    pub(super) fn accept_unless(&mut self, tests: &[Test]) {
        self.step_over_next(tests);
        self.accept();
    }

    /// Steps over the instruction that comes next where one of these tests holds, which are few.
    fn step_over_next(&mut self, tests: &[Test]) {
        for (place, test) in tests.iter().enumerate() {
            let jt = u8::try_from(tests.len() - place).unwrap_or(u8::MAX);
            let (code, k) = test.encoded();
            self.code.push(Instruction { code, jt, jf: 0, k });
        }
    }

    /// Lets the frame pass where the accumulator is one of these.
    pub(super) fn accept_among(&mut self, values: impl IntoIterator<Item = u32>) {
        let tests: Vec<Test> = values.into_iter().map(Test::Is).collect();
        for some in tests.chunks(MOST_TESTS) {
            self.when(some, Self::accept);
        }
    }

    /// Lets the frame pass unless it has `bytes` behind the index register, which is the same afterwards.
    pub(super) fn accept_unless_long(&mut self, bytes: u32) {
        self.compare_length(bytes);
        self.accept_unless(&[Test::AtLeastIndex]);
        self.push(LOAD_INDEX_MEMORY, KEPT_INDEX);
    }

    /// Runs `body` where the frame has `bytes` behind the index register, which `body` finds unchanged.
    pub(super) fn when_long(&mut self, bytes: u32, body: impl FnOnce(&mut Self)) {
        self.compare_length(bytes);
        self.when(&[Test::AtLeastIndex], |program| {
            program.push(LOAD_INDEX_MEMORY, KEPT_INDEX);
            body(program);
        });
        self.push(LOAD_INDEX_MEMORY, KEPT_INDEX);
    }

    /// The frame's length in the accumulator; in the index register how long it must be to have `bytes` behind what
    /// was there.
    fn compare_length(&mut self, bytes: u32) {
        self.push(STORE_INDEX, KEPT_INDEX);
        self.push(FROM_INDEX, 0);
        self.push(ADD, bytes);
        self.push(TO_INDEX, 0);
        self.push(LOAD_LENGTH, 0);
    }
}

impl Test {
    const fn encoded(self) -> (u16, u32) {
        match self {
            Self::Is(k) => (0x15, k),
            Self::AtLeast(k) => (0x35, k),
            Self::AtLeastIndex => (0x3d, 0),
        }
    }
}

/// Loads of a word, half a word and a byte from a fixed place into the accumulator.
pub(super) const LOAD_WORD: u16 = 0x20;
pub(super) const LOAD_HALF: u16 = 0x28;
/// The same from a place behind the index register.
pub(super) const LOAD_WORD_BEHIND: u16 = 0x40;
pub(super) const LOAD_HALF_BEHIND: u16 = 0x48;
pub(super) const LOAD_BYTE_BEHIND: u16 = 0x50;
/// The frame's length into the accumulator.
const LOAD_LENGTH: u16 = 0x80;
/// Memory into the accumulator and the index register, and back.
pub(super) const LOAD_MEMORY: u16 = 0x60;
const LOAD_INDEX_MEMORY: u16 = 0x61;
pub(super) const STORE: u16 = 0x02;
const STORE_INDEX: u16 = 0x03;
/// A constant into the index register.
pub(super) const SET_INDEX: u16 = 0x01;
/// The accumulator into the index register, and back.
pub(super) const TO_INDEX: u16 = 0x07;
pub(super) const FROM_INDEX: u16 = 0x87;
/// Arithmetic on the accumulator with a constant.
pub(super) const ADD: u16 = 0x04;
pub(super) const AND: u16 = 0x54;
pub(super) const SHIFT_LEFT: u16 = 0x64;
pub(super) const SHIFT_RIGHT: u16 = 0x74;
/// Adds the index register to the accumulator.
pub(super) const ADD_INDEX: u16 = 0x0c;
const JUMP: u16 = 0x05;
const RETURN: u16 = 0x06;

/// How many bytes of a frame are kept: all, since none is longer.
const WHOLE: u32 = 0x0004_0000;
/// How many tests may stand before one body, so that the first can jump over the others.
const MOST_TESTS: usize = 128;
/// The word of memory that keeps the index register while lengths are compared.
const KEPT_INDEX: u32 = 15;
