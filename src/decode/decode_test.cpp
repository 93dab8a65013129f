#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vips/vips.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "core/base/codec.hpp"
#include "core/media/container.hpp"
#include "core/media/drawn_picture.hpp"
#include "core/media/pdq.hpp"
#include "decode/decoder.hpp"
#include "decode/sandbox.hpp"

namespace lightkeeper::decode {
namespace {

using media::Pixels;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// ---- what the sandbox must stop, each tried in a child of its own

constexpr int kDone = 0;
constexpr int kRefused = 3;

int probe(const std::string& what, bool sandboxed) {
  const pid_t parent = getppid();
  if (sandboxed && !enter_sandbox({.memory_bytes = std::uint64_t{1} << 30, .cpu_seconds = 5})) {
    return 99;
  }
  bool done = false;
  if (what == "socket") {
    done = socket(AF_INET, SOCK_STREAM, 0) >= 0;
  } else if (what == "local-socket") {
    done = socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
  } else if (what == "open-file") {
    done = open("/etc/passwd", O_RDONLY) >= 0;
  } else if (what == "create-file") {
    done = open("/tmp/lightkeeper-probe", O_CREAT | O_WRONLY, 0600) >= 0;
    unlink("/tmp/lightkeeper-probe");
  } else if (what == "exec") {
    execl("/bin/true", "true", nullptr);
  } else if (what == "fork") {
    const pid_t child = fork();
    if (child == 0) {
      _exit(0);
    }
    done = child > 0;
  } else if (what == "signal") {
    done = kill(parent, 0) == 0;
  } else if (what == "trace") {
    done = ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0;
  } else if (what == "run-memory") {
    done = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
  } else if (what == "make-memory-runnable") {
    void* const page =
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    done = page != MAP_FAILED && mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
  } else if (what == "much-memory") {
    done = mmap(nullptr, std::size_t{2} << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0) != MAP_FAILED;
  } else if (what == "inherited-file") {
    done = lseek(9, 0, SEEK_CUR) >= 0;
  } else if (what == "compute") {
    std::vector<int> numbers(1000, 7);
    done = std::ranges::count(numbers, 7) == 1000;
  }
  return done ? kDone : kRefused;
}

/// The wait status of the probe.
int run_probe(const std::string& what, bool sandboxed) {
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/proc/self/exe", O_RDONLY), 9);
    _exit(probe(what, sandboxed));
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

bool did_it(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == kDone; }
bool was_stopped(int status) {
  return (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) ||
         (WIFEXITED(status) && WEXITSTATUS(status) == kRefused);
}

TEST(Sandbox, StopsNetworkFilesProcessesSignalsAndRunnableMemory) {
  for (const char* const what :
       {"socket", "local-socket", "open-file", "create-file", "exec", "fork", "signal", "trace",
        "run-memory", "make-memory-runnable", "inherited-file"}) {
    EXPECT_TRUE(was_stopped(run_probe(what, true))) << what;
  }
  if (!kSanitized) {
    EXPECT_TRUE(was_stopped(run_probe("much-memory", true)));
  }
  EXPECT_TRUE(did_it(run_probe("compute", true))) << "plain work goes on";
}

TEST(Sandbox, WithoutItTheSameProbesSucceedSoTheTestCanFail) {
  for (const char* const what :
       {"socket", "local-socket", "open-file", "create-file", "exec", "fork", "signal", "trace",
        "run-memory", "make-memory-runnable", "inherited-file", "much-memory"}) {
    EXPECT_TRUE(did_it(run_probe(what, false))) << what;
    EXPECT_FALSE(was_stopped(run_probe(what, false))) << what;
  }
}

// ---- picture files, made with the library's writers

struct Unref {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
using Image = std::unique_ptr<VipsImage, Unref>;

Image image_of(const Pixels& pixels) {
  VipsImage* const image = vips_image_new_from_memory_copy(
      pixels.rgb.data(), pixels.rgb.size(), static_cast<int>(pixels.width),
      static_cast<int>(pixels.height), 3, VIPS_FORMAT_UCHAR);
  image->Type = VIPS_INTERPRETATION_sRGB;
  return Image(image);
}

template <class Step>
Image after(const Image& in, Step step) {
  VipsImage* out = nullptr;
  if (step(in.get(), &out) != 0) {
    ADD_FAILURE() << vips_error_buffer();
    vips_error_clear();
    return {};
  }
  return Image(out);
}

constexpr char* kEnd = nullptr;

Bytes file_of(const Image& image, const std::string& format) {
  void* data = nullptr;
  std::size_t size = 0;
  if (image == nullptr ||
      vips_image_write_to_buffer(image.get(), format.c_str(), &data, &size, kEnd) != 0) {
    ADD_FAILURE() << format << ": " << vips_error_buffer();
    vips_error_clear();
    return {};
  }
  const auto* const bytes = static_cast<const Byte*>(data);
  Bytes out(bytes, bytes + size);
  g_free(data);
  return out;
}

Image with_alpha(const Image& in) {
  const Image gradient = after(
      in, [](VipsImage* i, VipsImage** o) { return vips_extract_band(i, o, 0, "n", 1, kEnd); });
  return after(
      in, [&](VipsImage* i, VipsImage** o) { return vips_bandjoin2(i, gradient.get(), o, kEnd); });
}

Image to(const Image& in, VipsInterpretation space) {
  return after(in,
               [&](VipsImage* i, VipsImage** o) { return vips_colourspace(i, o, space, kEnd); });
}

/// The same decoder for all tests, so that reuse and replacement are tested along the way.
Decoder& decoder() {
  static Decoder one{DecodeOptions{}};
  return one;
}

Pixels decoded(BytesView file) {
  auto pixels = decoder().decode(file);
  EXPECT_TRUE(pixels.has_value()) << (pixels ? "" : pixels.error().message());
  return pixels ? *std::move(pixels) : Pixels{};
}

/// Cleaned first, and the cleaning must not change one pixel.
Pixels cleaned_and_decoded(BytesView file) {
  const auto type = media::sniff_picture(file);
  if (!type) {
    ADD_FAILURE() << "no picture";
    return {};
  }
  const auto clean = media::clean_picture(file, media::media_type_of(*type));
  if (!clean) {
    ADD_FAILURE() << clean.error().message();
    return {};
  }
  Pixels pixels = decoded(clean->bytes);
  EXPECT_EQ(pixels.width, clean->width);
  EXPECT_EQ(pixels.height, clean->height);
  EXPECT_TRUE(decoded(file).rgb == pixels.rgb) << "cleaning changed pixels";
  return pixels;
}

int worst_difference(const Pixels& a, const Pixels& b) {
  if (a.width != b.width || a.height != b.height || a.rgb.size() != b.rgb.size()) {
    return 256;
  }
  int worst = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) {
    worst = std::max(worst, std::abs(int{a.rgb[i]} - int{b.rgb[i]}));
  }
  return worst;
}

int distance_between(const Pixels& a, const Pixels& b) {
  const auto hash_a = media::pdq(a.view(), media::PdqVariant::full);
  const auto hash_b = media::pdq(b.view(), media::PdqVariant::full);
  return hash_a && hash_b ? media::distance(hash_a->dihedral[0], hash_b->dihedral[0]).value : 256;
}

Pixels greyed(const Pixels& colour) {
  const Image grey = to(image_of(colour), VIPS_INTERPRETATION_B_W);
  Pixels out{colour.width, colour.height, {}};
  std::size_t size = 0;
  void* const data = vips_image_write_to_memory(grey.get(), &size);
  for (std::size_t i = 0; i < size; ++i) {
    out.rgb.insert(out.rgb.end(), 3, static_cast<Byte*>(data)[i]);
  }
  g_free(data);
  return out;
}

const Pixels kPicture = media::draw_picture(200, 150, 21);

TEST(Decode, GivesTheExactPixelsOfLosslessFiles) {
  const Image image = image_of(kPicture);
  for (const char* const format : {".png", ".png[interlace]", ".webp[lossless]"}) {
    EXPECT_EQ(worst_difference(cleaned_and_decoded(file_of(image, format)), kPicture), 0) << format;
  }
  const Pixels grey = greyed(kPicture);
  const Image grey_image = to(image, VIPS_INTERPRETATION_B_W);
  EXPECT_EQ(worst_difference(cleaned_and_decoded(file_of(grey_image, ".png")), grey), 0);
}

TEST(Decode, KeepsTheUpperByteOfSixteenBitChannels) {
  const Image image = image_of(kPicture);
  EXPECT_EQ(
      worst_difference(cleaned_and_decoded(file_of(to(image, VIPS_INTERPRETATION_RGB16), ".png")),
                       kPicture),
      0);
  EXPECT_LE(
      worst_difference(cleaned_and_decoded(file_of(to(image, VIPS_INTERPRETATION_GREY16), ".png")),
                       greyed(kPicture)),
      1);
}

TEST(Decode, CompositesTransparencyOverWhite) {
  Pixels expected = kPicture;
  for (std::size_t i = 0; i < expected.rgb.size(); i += 3) {
    const unsigned alpha = kPicture.rgb[i];  // the red channel served as alpha
    for (std::size_t c = 0; c < 3; ++c) {
      expected.rgb[i + c] =
          static_cast<Byte>((kPicture.rgb[i + c] * alpha + 255U * (255U - alpha) + 127U) / 255U);
    }
  }
  const Image image = with_alpha(image_of(kPicture));
  for (const char* const format : {".png", ".webp[lossless]"}) {
    EXPECT_EQ(worst_difference(cleaned_and_decoded(file_of(image, format)), expected), 0) << format;
  }
  EXPECT_EQ(
      worst_difference(cleaned_and_decoded(file_of(to(image, VIPS_INTERPRETATION_RGB16), ".png")),
                       expected),
      0);
  EXPECT_LE(distance_between(cleaned_and_decoded(file_of(image, ".webp[Q=90]")), expected), 10);
  const Image grey = with_alpha(to(image_of(kPicture), VIPS_INTERPRETATION_B_W));
  EXPECT_EQ(decoded(file_of(grey, ".png")).width, kPicture.width);
}

TEST(Decode, ReadsEveryColourModeToTheSamePicture) {
  const Image image = image_of(kPicture);
  const Image cmyk = to(image, VIPS_INTERPRETATION_CMYK);
  const std::vector<std::pair<std::string, Bytes>> files = {
      {"JPEG 4:2:0", file_of(image, ".jpg[Q=90]")},
      {"JPEG 4:4:4", file_of(image, ".jpg[Q=90,subsample_mode=off]")},
      {"JPEG progressive", file_of(image, ".jpg[Q=90,interlace]")},
      {"JPEG restart markers", file_of(image, ".jpg[Q=90,restart_interval=4]")},
      {"JPEG CMYK with profile", file_of(cmyk, ".jpg[Q=95]")},
      {"JPEG CMYK without profile", file_of(cmyk, ".jpg[Q=95,strip]")},
      {"PNG palette", file_of(image, ".png[palette,dither=0]")},
      {"PNG palette of 16", file_of(image, ".png[palette,bitdepth=4]")},
      {"WebP lossy", file_of(image, ".webp[Q=90]")},
  };
  for (const auto& [name, file] : files) {
    SCOPED_TRACE(name);
    EXPECT_LE(distance_between(cleaned_and_decoded(file), kPicture), 30);
  }
  EXPECT_LE(distance_between(
                cleaned_and_decoded(file_of(to(image, VIPS_INTERPRETATION_B_W), ".jpg[Q=90]")),
                greyed(kPicture)),
            8);
}

Bytes png_chunk(const std::string& name, BytesView data) {
  Writer named;
  named.fixed(as_bytes(name)).fixed(data);
  std::uint32_t crc = 0xFFFFFFFF;
  for (const Byte byte : named.view()) {
    crc ^= byte;
    for (int k = 0; k < 8; ++k) {
      crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
    }
  }
  Writer out;
  out.u32(static_cast<std::uint32_t>(data.size())).fixed(named.view()).u32(~crc);
  return out.take();
}

TEST(Decode, ReadsAOneBitPngMadeByHand) {
  const Bytes rows = {0, 0b10110010, 0,
                      0b01000001};  // a filter byte before each row of eight pixels
  Writer zlib;
  zlib.u8(0x78).u8(0x01).u8(1).u8(4).u8(0).u8(0xFB).u8(0xFF).fixed(rows);  // one stored block
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const Byte byte : rows) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  zlib.u32(b << 16 | a);
  const Bytes file = concat({Bytes{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'},
                             png_chunk("IHDR", Bytes{0, 0, 0, 8, 0, 0, 0, 2, 1, 0, 0, 0, 0}),
                             png_chunk("IDAT", zlib.view()), png_chunk("IEND", {})});
  const Pixels pixels = cleaned_and_decoded(file);
  ASSERT_EQ(pixels.rgb.size(), 48U);
  for (std::size_t i = 0; i < 16; ++i) {
    const bool white = (rows[i < 8 ? 1 : 3] >> (7 - i % 8) & 1) != 0;
    EXPECT_EQ(pixels.rgb[3 * i], white ? 255 : 0) << i;
  }
}

TEST(Decode, AppliesTheEmbeddedColourProfile) {
  const Image wide = after(image_of(kPicture), [](VipsImage* i, VipsImage** o) {
    return vips_icc_transform(i, o, "p3", "input_profile", "srgb", "embedded", FALSE, kEnd);
  });
  for (const char* const format : {".png[compression=1]", ".webp[lossless]"}) {
    const Bytes file = file_of(wide, format);
    EXPECT_LE(worst_difference(cleaned_and_decoded(file), kPicture), 10) << format;
  }
  const Bytes without = file_of(wide, ".png[strip]");
  EXPECT_GT(worst_difference(decoded(without), kPicture), 10) << "the test must be able to fail";
}

TEST(Decode, TurnsEveryOrientationUpright) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(orientation);
    const Image image = after(image_of(kPicture),
                              [](VipsImage* i, VipsImage** o) { return vips_copy(i, o, kEnd); });
    vips_image_set_int(image.get(), VIPS_META_ORIENTATION, orientation);
    const Image turned =
        after(image, [](VipsImage* i, VipsImage** o) { return vips_autorot(i, o, kEnd); });
    std::size_t size = 0;
    void* const data = vips_image_write_to_memory(turned.get(), &size);
    const auto* const bytes = static_cast<const Byte*>(data);
    const Pixels upright{static_cast<std::uint32_t>(turned->Xsize),
                         static_cast<std::uint32_t>(turned->Ysize), Bytes(bytes, bytes + size)};
    g_free(data);
    EXPECT_EQ(
        worst_difference(turned_upright(kPicture, static_cast<unsigned>(orientation)), upright), 0);
    EXPECT_EQ(worst_difference(cleaned_and_decoded(file_of(image, ".webp[lossless]")), upright), 0);
    Bytes png =
        file_of(image_of(kPicture), ".png");  // the library does not write an orientation into PNG
    const Bytes block = png_chunk("eXIf", Bytes{'I',
                                                'I',
                                                42,
                                                0,
                                                8,
                                                0,
                                                0,
                                                0,
                                                1,
                                                0,
                                                0x12,
                                                1,
                                                3,
                                                0,
                                                1,
                                                0,
                                                0,
                                                0,
                                                static_cast<Byte>(orientation),
                                                0,
                                                0,
                                                0,
                                                0,
                                                0,
                                                0,
                                                0});
    png.insert(png.begin() + 33, block.begin(), block.end());
    EXPECT_EQ(worst_difference(cleaned_and_decoded(png), upright), 0);
    EXPECT_LE(distance_between(cleaned_and_decoded(file_of(image, ".jpg[Q=95]")), upright), 8);
  }
  EXPECT_EQ(worst_difference(turned_upright(kPicture, 9), kPicture), 0);
}

/// Photographs with reference hashes lie beside the source, where there are any; they are not part
/// of it.
std::optional<std::filesystem::path> photographs() {
  const char* const named = std::getenv("LK_PHOTOS");
  for (const std::filesystem::path& folder :
       {std::filesystem::path(named == nullptr ? "" : named),
        std::filesystem::path(LK_SOURCE_DIR) / "../shared/vectors/photos"}) {
    if (std::filesystem::exists(folder / "pdq_reference.csv")) {
      return folder;
    }
  }
  return std::nullopt;
}

TEST(Decode, GivesTheReferenceHashesOfPhotographs) {
  const auto folder = photographs();
  if (!folder) {
    GTEST_SKIP() << "no photographs here; LK_PHOTOS names their folder";
  }
  std::ifstream table(*folder / "pdq_reference.csv");
  std::string line;
  std::getline(table, line);
  int count = 0;
  while (std::getline(table, line)) {
    std::istringstream cells(line);
    std::array<std::string, 6> cell;
    for (std::string& text : cell) {
      std::getline(cells, text, ',');
    }
    SCOPED_TRACE(cell[0]);
    std::ifstream in(*folder / cell[0], std::ios::binary);
    const Bytes file{std::istreambuf_iterator<char>(in), {}};
    const Pixels pixels = cleaned_and_decoded(file);
    const auto full = media::pdq(pixels.view(), media::PdqVariant::full);
    const auto squashed = media::pdq(pixels.view(), media::PdqVariant::via512);
    ASSERT_TRUE(full && squashed);
    EXPECT_EQ(to_text(full->dihedral[0]), cell[2]);
    EXPECT_EQ(std::to_string(full->quality), cell[3]);
    EXPECT_EQ(to_text(squashed->dihedral[0]), cell[4]);
    EXPECT_EQ(std::to_string(squashed->quality), cell[5]);
    ++count;
  }
  EXPECT_GE(count, 12);
}

// ---- hostile files

ErrorCode code_of(BytesView file) {
  const auto pixels = decoder().decode(file);
  return pixels ? ErrorCode::internal : pixels.error().code;
}

TEST(DecodeHostile, EveryTruncationIsRefusedAndTheNextPictureStillDecodes) {
  const Image image = image_of(media::draw_picture(64, 48, 3));
  for (const char* const format :
       {".jpg[Q=80]", ".jpg[Q=80,interlace]", ".png", ".webp[Q=80]", ".webp[lossless]"}) {
    const Bytes file = file_of(image, format);
    const std::size_t step = file.size() / 6 + 1;
    for (std::size_t size = 0; size + 3 < file.size(); size += step) {
      const ErrorCode code = code_of(BytesView(file).first(size));
      EXPECT_TRUE(code == ErrorCode::picture_damaged || code == ErrorCode::picture_type_unsupported)
          << format << size;
    }
    EXPECT_EQ(decoded(file).width, 64U);
  }
}

TEST(DecodeHostile, FlippedBytesNeverHangOrBreakIt) {
  const Image image = image_of(media::draw_picture(40, 30, 3));
  for (const char* const format : {".jpg[Q=80]", ".png", ".webp[Q=80]"}) {
    const Bytes file = file_of(image, format);
    const std::size_t step = file.size() / 8 + 1;
    for (std::size_t at = 0; at < file.size(); at += step) {
      Bytes broken = file;
      broken[at] ^= 0x55;
      const auto pixels = decoder().decode(broken);
      EXPECT_TRUE(!pixels || media::size_allowed(pixels->width, pixels->height));
    }
  }
  EXPECT_EQ(decoded(file_of(image, ".png")).width, 40U);
}

TEST(DecodeHostile, HeadersThatPromiseTooMuchAreRefusedBeforeDecoding) {
  const Image image = image_of(media::draw_picture(64, 48, 3));
  Bytes jpeg = file_of(image, ".jpg[Q=80,strip]");
  const Bytes mark = {0xFF, 0xC0};
  const auto frame = std::ranges::search(jpeg, mark).begin() - jpeg.begin();
  for (std::size_t i = 5; i < 9; ++i) {
    jpeg[static_cast<std::size_t>(frame) + i] = i % 2 == 0 ? 0 : 0xFF;  // 65280 x 65280
  }
  EXPECT_EQ(code_of(jpeg), ErrorCode::picture_too_large);
  Bytes webp = file_of(image, ".webp[lossless,strip]");
  const Bytes name = {'V', 'P', '8', 'L'};
  const auto body =
      static_cast<std::size_t>(std::ranges::search(webp, name).begin() - webp.begin()) + 9;
  webp[body] = webp[body + 1] = webp[body + 2] = 0xFF;  // 16384 x 16384
  webp[body + 3] |= 0x0F;
  EXPECT_NE(code_of(webp), ErrorCode::internal);
}

TEST(DecodeHostile, ASmallFileOfFiftyMegapixelsStaysWithinTheLimits) {
  const Image flat = after(image_of(media::draw_picture(8, 8, 3)), [](VipsImage* i, VipsImage** o) {
    return vips_embed(i, o, 0, 0, 10'000, 5'000, "extend", VIPS_EXTEND_COPY, kEnd);
  });
  const Bytes file = file_of(flat, ".png[compression=1]");
  EXPECT_LT(file.size(), std::size_t{2} << 20);
  EXPECT_EQ(decoded(file).rgb.size(), std::size_t{150'000'000});
  // The library would put a WebP picture of this size into a file, if it were let.
  EXPECT_EQ(decoded(file_of(flat, ".webp[Q=10,effort=0]")).rgb.size(), std::size_t{150'000'000});
}

TEST(DecodeHostile, OtherFileTypesNeverReachTheLibrary) {
  const Image image = image_of(media::draw_picture(64, 48, 3));
  for (const char* const format : {".tif", ".gif"}) {
    EXPECT_EQ(code_of(file_of(image, format)), ErrorCode::picture_type_unsupported) << format;
  }
  EXPECT_EQ(code_of(to_bytes("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")),
            ErrorCode::picture_type_unsupported);
  EXPECT_EQ(code_of({}), ErrorCode::picture_type_unsupported);
  EXPECT_EQ(code_of(Bytes(media::kMaxFileBytes + 1)), ErrorCode::picture_too_large);
}

// ---- the child

std::string status_line(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) {
      return line.substr(line.find_last_of("\t ") + 1);
    }
  }
  return "";
}

TEST(DecodeWorker, RunsInsideTheSandbox) {
  EXPECT_EQ(decoded(file_of(image_of(kPicture), ".png")).width, 200U);
  const auto pid = decoder().worker();
  ASSERT_TRUE(pid.has_value());
  EXPECT_EQ(status_line(*pid, "Seccomp"), "2");
  EXPECT_EQ(status_line(*pid, "NoNewPrivs"), "1");
  EXPECT_EQ(status_line(getpid(), "Seccomp") + status_line(getpid(), "NoNewPrivs"), "00")
      << "the parent is as it was";
}

TEST(DecodeWorker, IsReplacedAfterAFailureAfterItsShareAndWhenItDied) {
  const Bytes good = file_of(image_of(kPicture), ".jpg");
  Decoder own{DecodeOptions{
      .program = "/proc/self/exe", .timeout = std::chrono::seconds(20), .pictures_per_worker = 3}};
  EXPECT_FALSE(own.worker().has_value());
  EXPECT_TRUE(own.decode(good).has_value());
  const auto first = own.worker();
  EXPECT_TRUE(own.decode(good).has_value());
  EXPECT_EQ(own.worker(), first) << "reused";
  EXPECT_TRUE(own.decode(good).has_value());
  EXPECT_FALSE(own.worker().has_value()) << "three pictures were its share";
  EXPECT_FALSE(own.decode(BytesView(good).first(good.size() / 2)).has_value());
  EXPECT_FALSE(own.worker().has_value()) << "replaced after a failure";
  EXPECT_TRUE(own.decode(good).has_value());
  kill(*own.worker(), SIGKILL);
  EXPECT_TRUE(own.decode(good).has_value())
      << "a child that died while idle is not the next picture's fault";
}

TEST(DecodeWorker, ALateOrMissingChildIsAnErrorAndNotAnAnswer) {
  const Bytes good = file_of(image_of(kPicture), ".jpg");
  DecodeOptions hurried;
  hurried.timeout = std::chrono::milliseconds(1);
  EXPECT_EQ(decode_picture(good, hurried).error().code, ErrorCode::timed_out);
  DecodeOptions missing;
  missing.program = "/nonexistent/program";
  EXPECT_EQ(decode_picture(good, missing).error().code, ErrorCode::unavailable);
  DecodeOptions other;
  other.program = "/bin/true";  // ends at once and answers nothing
  EXPECT_EQ(decode_picture(good, other).error().code, ErrorCode::picture_damaged);
}

TEST(DecodeWorker, ServesSeveralThreads) {
  const Bytes good = file_of(image_of(kPicture), ".png");
  std::array<bool, 4> fine{};
  {
    std::vector<std::jthread> threads;
    for (bool& result : fine) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5; ++i) {
          const auto pixels = decoder().decode(good);
          result = pixels && pixels->rgb == kPicture.rgb;
        }
      });
    }
  }
  EXPECT_EQ(std::ranges::count(fine, true), 4);
}

}  // namespace
}  // namespace lightkeeper::decode

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments == std::vector<std::string>{"decode-worker"}) {
    return lightkeeper::decode::run_decode_worker();
  }
  testing::InitGoogleTest(&argc, argv);
  if (VIPS_INIT(argv[0]) != 0) {
    return 1;
  }
  vips_concurrency_set(1);
  return RUN_ALL_TESTS();
}
