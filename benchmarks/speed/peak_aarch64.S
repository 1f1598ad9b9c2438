// The same loops for 64-bit Arm; see peak_x86_64.S. void peak_NAME(int64_t rounds): 12 dot products a round.

    .text

// v8 to v15 belong to the caller: the accumulators are v0 to v7 and v16 to v19.
    .macro ENTER name
    .globl peak_\name
    .type peak_\name, %function
    .balign 64
peak_\name:
    .irp r, d0,d1,d2,d3,d4,d5,d6,d7,d16,d17,d18,d19,d20,d21,d22
    movi \r, #0
    .endr
1:
    .endm

    .macro LEAVE name
    subs x0, x0, #1
    b.ne 1b
    ret
    .size peak_\name, . - peak_\name
    .endm

    ENTER sdot
    .irp i, 0,1,2,3,4,5,6,7,16,17,18,19
    sdot v\i\().4s, v20.16b, v21.16b
    .endr
    LEAVE sdot

    ENTER smull_sadalp
    .irp i, 0,1,2,3,4,5,6,7,16,17,18,19
    smull v22.8h, v20.8b, v21.8b
    sadalp v\i\().4s, v22.8h
    .endr
    LEAVE smull_sadalp

// void peak_read(const void* data, int64_t bytes, int64_t rounds): loads, 16 registers of 128 bits a step, and nothing
// else.
    .globl peak_read
    .type peak_read, %function
    .balign 64
peak_read:
2:
    mov x3, x0
    mov x4, x1
1:
    .irp i, 0,2,4,6,16,18,20,22
    ldp q\i, q31, [x3], #32
    .endr
    subs x4, x4, #256
    b.gt 1b
    subs x2, x2, #1
    b.gt 2b
    ret
    .size peak_read, . - peak_read

    .section .note.GNU-stack, "", %progbits
