// Tiles of pixels by channels with Arm's DSP extension, for dot_dsp.hpp: the column of 16-bit codes interleaves pixels
// by groups of four codes.
//
// GCC takes a line of assembly for one instruction when it chooses branches, so that lines which the assembler repeats
// are followed by as many empty ones.
#ifndef EDGETWIN_DOT_DSP_TILES_HPP_
#define EDGETWIN_DOT_DSP_TILES_HPP_

#include <cstdint>

namespace edgetwin::detail::dsp {

/// A run of channels' sums. It is passed as a copy, so that it lies on the stack: no register is left to point at it.
struct Run {
  const int16_t* x;  ///< the column, aligned to 4
  const int16_t*
      end_of_unrolled;  ///< behind the codes that an unrolled loop takes: by 32 of one pixel, by 16 of several
  const int16_t* end;   ///< behind the codes that are taken by 4
  const int32_t* bias;
  int32_t* sums;
  int32_t* end_of_sums;  ///< >= 1 tile behind sums
  int32_t depth;         ///< from a channel's weights to the next one's
  int32_t rest;          ///< depth % 4: codes of each channel that are left out
};

/// Two pixels by two channels a tile; x interleaves the pixels; sums [channel][pixel].
inline void sum_2_by_2(Run run, const int8_t* w0) {
  const int16_t* x;
  const int8_t* w1;
  int32_t even, odd, s00, s01, s10, s11;
  asm volatile(
      ".macro edgetwin_quad\n"
      "ldmia %[x]!, {r2, r3, r4, r5}\n"
      "ldr %[odd], [%[w0]], #4\n"
      "sxtb16 %[even], %[odd]\n"
      "sxtb16 %[odd], %[odd], ror #8\n"
      "smlad %[s00], %[even], r2, %[s00]\n"
      "smlad %[s10], %[even], r4, %[s10]\n"
      "smlad %[s00], %[odd], r3, %[s00]\n"
      "smlad %[s10], %[odd], r5, %[s10]\n"
      "ldr %[odd], [%[w1]], #4\n"
      "sxtb16 %[even], %[odd]\n"
      "sxtb16 %[odd], %[odd], ror #8\n"
      "smlad %[s01], %[even], r2, %[s01]\n"
      "smlad %[s11], %[even], r4, %[s11]\n"
      "smlad %[s01], %[odd], r3, %[s01]\n"
      "smlad %[s11], %[odd], r5, %[s11]\n"
      ".endm\n"
      "0: ldr %[odd], %[bias]\n"
      "ldr %[even], %[depth]\n"
      "ldrd %[s00], %[s01], [%[odd]], #8\n"
      "add %[w1], %[w0], %[even]\n"
      "str %[odd], %[bias]\n"
      "mov %[s10], %[s00]\n"
      "mov %[s11], %[s01]\n"
      "ldr %[x], %[column]\n"
      "ldr %[odd], %[end_of_unrolled]\n"
      "b 2f\n"
      "1:\n"
      ".rept 4\n"
      "edgetwin_quad\n"
      ".endr\n"
      "ldr %[odd], %[end_of_unrolled]\n"
      "2: cmp %[x], %[odd]\n"
      "bne 1b\n"
      "ldr %[odd], %[end]\n"
      "b 4f\n"
      "3: edgetwin_quad\n"
      "ldr %[odd], %[end]\n"
      "4: cmp %[x], %[odd]\n"
      "bne 3b\n"
      "ldr %[odd], %[sums]\n"
      "ldr %[even], %[rest]\n"
      "strd %[s00], %[s10], [%[odd]], #8\n"
      "strd %[s01], %[s11], [%[odd]], #8\n"
      "add %[w0], %[w1], %[even]\n"
      "str %[odd], %[sums]\n"
      "ldr %[even], %[end_of_sums]\n"
      "cmp %[odd], %[even]\n"
      "bne 0b\n"
      ".purgem edgetwin_quad\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      : [s00] "=&r"(s00), [s01] "=&r"(s01), [s10] "=&r"(s10), [s11] "=&r"(s11), [x] "=&r"(x), [w0] "+&r"(w0),
        [w1] "=&r"(w1), [even] "=&r"(even), [odd] "=&r"(odd), [bias] "+m"(run.bias), [sums] "+m"(run.sums)
      : [column] "m"(run.x), [end_of_unrolled] "m"(run.end_of_unrolled), [end] "m"(run.end), [depth] "m"(run.depth),
        [rest] "m"(run.rest), [end_of_sums] "m"(run.end_of_sums)
      : "r2", "r3", "r4", "r5", "cc", "memory");
}

/// One pixel by four channels a tile; sums [channel].
inline void sum_1_by_4(Run run, const int8_t* w0) {
  const int16_t* x;
  const int8_t *w1, *w2, *w3;
  int32_t even, odd, x_even, x_odd, s0, s1, s2, s3;
  asm volatile(
      ".macro edgetwin_row w, s\n"
      "ldr %[odd], [\\w], #4\n"
      "sxtb16 %[even], %[odd]\n"
      "sxtb16 %[odd], %[odd], ror #8\n"
      "smlad \\s, %[even], %[x_even], \\s\n"
      "smlad \\s, %[odd], %[x_odd], \\s\n"
      ".endm\n"
      ".macro edgetwin_quad\n"
      "ldrd %[x_even], %[x_odd], [%[x]], #8\n"
      "edgetwin_row %[w0], %[s0]\n"
      "edgetwin_row %[w1], %[s1]\n"
      "edgetwin_row %[w2], %[s2]\n"
      "edgetwin_row %[w3], %[s3]\n"
      ".endm\n"
      "0: ldr %[odd], %[bias]\n"
      "ldr %[even], %[depth]\n"
      "ldrd %[s0], %[s1], [%[odd]], #8\n"
      "ldrd %[s2], %[s3], [%[odd]], #8\n"
      "add %[w1], %[w0], %[even]\n"
      "add %[w2], %[w1], %[even]\n"
      "add %[w3], %[w2], %[even]\n"
      "str %[odd], %[bias]\n"
      "ldr %[x], %[column]\n"
      "ldr %[odd], %[end_of_unrolled]\n"
      "b 2f\n"
      "1:\n"
      ".rept 8\n"
      "edgetwin_quad\n"
      ".endr\n"
      "ldr %[odd], %[end_of_unrolled]\n"
      "2: cmp %[x], %[odd]\n"
      "bne 1b\n"
      "ldr %[odd], %[end]\n"
      "b 4f\n"
      "3: edgetwin_quad\n"
      "ldr %[odd], %[end]\n"
      "4: cmp %[x], %[odd]\n"
      "bne 3b\n"
      "ldr %[odd], %[sums]\n"
      "ldr %[even], %[rest]\n"
      "strd %[s0], %[s1], [%[odd]], #8\n"
      "strd %[s2], %[s3], [%[odd]], #8\n"
      "add %[w0], %[w3], %[even]\n"
      "str %[odd], %[sums]\n"
      "ldr %[even], %[end_of_sums]\n"
      "cmp %[odd], %[even]\n"
      "bne 0b\n"
      ".purgem edgetwin_quad\n"
      ".purgem edgetwin_row\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      : [s0] "=&r"(s0), [s1] "=&r"(s1), [s2] "=&r"(s2), [s3] "=&r"(s3), [x] "=&r"(x), [w0] "+&r"(w0), [w1] "=&r"(w1),
        [w2] "=&r"(w2), [w3] "=&r"(w3), [even] "=&r"(even), [odd] "=&r"(odd), [x_even] "=&r"(x_even),
        [x_odd] "=&r"(x_odd), [bias] "+m"(run.bias), [sums] "+m"(run.sums)
      : [column] "m"(run.x), [end_of_unrolled] "m"(run.end_of_unrolled), [end] "m"(run.end), [depth] "m"(run.depth),
        [rest] "m"(run.rest), [end_of_sums] "m"(run.end_of_sums)
      : "cc", "memory");
}

/// Four pixels by one channel a tile; x interleaves the pixels; sums [channel][pixel].
inline void sum_4_by_1(Run run, const int8_t* w) {
  const int16_t* x;
  int32_t even, odd, s0, s1, s2, s3;
  asm volatile(
      ".macro edgetwin_pair a, b\n"
      "ldmia %[x]!, {r2, r3, r4, r5}\n"
      "smlad \\a, %[even], r2, \\a\n"
      "smlad \\b, %[even], r4, \\b\n"
      "smlad \\a, %[odd], r3, \\a\n"
      "smlad \\b, %[odd], r5, \\b\n"
      ".endm\n"
      ".macro edgetwin_quad\n"
      "ldr %[odd], [%[w]], #4\n"
      "sxtb16 %[even], %[odd]\n"
      "sxtb16 %[odd], %[odd], ror #8\n"
      "edgetwin_pair %[s0], %[s1]\n"
      "edgetwin_pair %[s2], %[s3]\n"
      ".endm\n"
      "0: ldr %[odd], %[bias]\n"
      "ldr %[x], %[column]\n"
      "ldr %[s0], [%[odd]], #4\n"
      "str %[odd], %[bias]\n"
      "mov %[s1], %[s0]\n"
      "mov %[s2], %[s0]\n"
      "mov %[s3], %[s0]\n"
      "ldr %[odd], %[end_of_unrolled]\n"
      "b 2f\n"
      "1:\n"
      ".rept 4\n"
      "edgetwin_quad\n"
      ".endr\n"
      "ldr %[odd], %[end_of_unrolled]\n"
      "2: cmp %[x], %[odd]\n"
      "bne 1b\n"
      "ldr %[odd], %[end]\n"
      "b 4f\n"
      "3: edgetwin_quad\n"
      "ldr %[odd], %[end]\n"
      "4: cmp %[x], %[odd]\n"
      "bne 3b\n"
      "ldr %[odd], %[sums]\n"
      "ldr %[even], %[rest]\n"
      "strd %[s0], %[s1], [%[odd]], #8\n"
      "strd %[s2], %[s3], [%[odd]], #8\n"
      "add %[w], %[w], %[even]\n"
      "str %[odd], %[sums]\n"
      "ldr %[even], %[end_of_sums]\n"
      "cmp %[odd], %[even]\n"
      "bne 0b\n"
      ".purgem edgetwin_quad\n"
      ".purgem edgetwin_pair\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      : [s0] "=&r"(s0), [s1] "=&r"(s1), [s2] "=&r"(s2), [s3] "=&r"(s3), [x] "=&r"(x), [w] "+r"(w), [even] "=&r"(even),
        [odd] "=&r"(odd), [bias] "+m"(run.bias), [sums] "+m"(run.sums)
      : [column] "m"(run.x), [end_of_unrolled] "m"(run.end_of_unrolled), [end] "m"(run.end), [rest] "m"(run.rest),
        [end_of_sums] "m"(run.end_of_sums)
      : "r2", "r3", "r4", "r5", "cc", "memory");
}

}  // namespace edgetwin::detail::dsp

#endif  // EDGETWIN_DOT_DSP_TILES_HPP_
