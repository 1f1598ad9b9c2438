// Sums of int8 products for a pixel or two and a run of output channels, in few instructions of each core: with Arm's
// vector extension (MVE), with its DSP extension, or in plain C++. No other file asks which core is compiled for. All
// three give the same bytes: sums wrap modulo 2^32, so their order does not matter.
//
// A column holds the input codes of one output pixel, the zero point in place of padding. Each form defines
//   Code, kPixels            what a column is made of; how many pixels are computed at once at most
//   most_pixels(depth)       how many are with such a depth, a power of 2
//   in_place                 the column of codes that lie in one piece, or null where it has to be made
//   column_bytes(depth, pixels, by_four)   memory for their columns, aligned to 8; by_four: pieces of columns begin at
//                            multiples of four codes
//   are_usual                whether scales are such that sums become codes faster
//   Columns                  begin, put, fill and end write one pixel's column
//   put_pixels               the output codes of all channels at some pixels, a power of 2
//   add_products, put_codes  sums of channels that have an input channel each, and their codes
#ifndef EDGETWIN_DOT_HPP_
#define EDGETWIN_DOT_HPP_

#if defined(__GNUC__) && !defined(__clang__) && !defined(__OPTIMIZE__)
// The assembly takes more registers than unoptimized code has to spare.
#pragma GCC push_options
#pragma GCC optimize("O1")
#endif

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1)
#include "edgetwin/dot_mve.hpp"
namespace edgetwin::detail {
namespace core = mve;
}
#elif defined(__ARM_FEATURE_DSP) && defined(__thumb2__)
#include "edgetwin/dot_dsp.hpp"
namespace edgetwin::detail {
namespace core = dsp;
}
#else
#include "edgetwin/dot_plain.hpp"
namespace edgetwin::detail {
namespace core = plain;
}
#endif

#if defined(__GNUC__) && !defined(__clang__) && !defined(__OPTIMIZE__)
#pragma GCC pop_options
#endif

#endif  // EDGETWIN_DOT_HPP_
