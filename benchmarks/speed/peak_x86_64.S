# Loops of nothing but 8-bit (or, where there is no such instruction, 16-bit) dot products on registers: what a core can
# do at most. By hand, as compilers spill or drop such loops. 12 independent accumulators hide the latency (4 cycles, up
# to 2 a cycle). void peak_NAME(int64_t rounds): 12 dot products a round.

    .intel_syntax noprefix
    .text

# Operands are zero: an integer dot product takes the same time for every value.
    .macro ENTER name, zero, register
    .globl peak_\name
    .type peak_\name, @function
    .balign 64
peak_\name:
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    \zero \register\i, \register\i, \register\i
    .endr
    .balign 32
1:
    .endm

    .macro LEAVE name
    dec rdi
    jnz 1b
    vzeroupper
    ret
    .size peak_\name, . - peak_\name
    .endm

    .macro DPBUSD name, prefix, zero, register
    ENTER \name, \zero, \register
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11
    \prefix vpdpbusd \register\i, \register\()12, \register\()13
    .endr
    LEAVE \name
    .endm

# The products go to one of two registers, which renaming makes independent.
    .macro MADD name, zero, register
    ENTER \name, \zero, \register
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11
    vpmaddwd \register\()15, \register\()12, \register\()13
    vpaddd \register\i, \register\i, \register\()15
    .endr
    LEAVE \name
    .endm

    DPBUSD dpbusd512, , vpxord, zmm
    DPBUSD dpbusd256, , vpxord, ymm
    DPBUSD dpbusd256_vex, {vex}, vpxor, ymm
    MADD madd512, vpxord, zmm
    MADD madd256, vpxor, ymm

# void peak_NAME(const void* data, int64_t bytes, int64_t rounds): loads, eight registers a step, and nothing else.
    .macro READ name, register, width
    .globl peak_\name
    .type peak_\name, @function
    .balign 64
peak_\name:
2:
    mov rax, rdi
    mov rcx, rsi
    .balign 32
1:
    .irp i, 0,1,2,3,4,5,6,7
    vmovups \register\i, [rax + \width * \i]
    .endr
    add rax, 8 * \width
    sub rcx, 8 * \width
    jg 1b
    dec rdx
    jnz 2b
    vzeroupper
    ret
    .size peak_\name, . - peak_\name
    .endm

    READ read256, ymm, 32
    READ read512, zmm, 64

    .section .note.GNU-stack, "", @progbits
