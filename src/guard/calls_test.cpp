#include "guard/calls.hpp"

#include <gtest/gtest.h>

#include "core/base/codec.hpp"
#include "guard/test_epoch.hpp"

namespace lightkeeper::guard {
namespace {

class Calling : public ::testing::Test {
 protected:
  Calling() { EXPECT_TRUE(crypto::initialise()); }
  Bytes ask(Call number, const Bytes& request) {
    return call(guard_, static_cast<std::uint32_t>(number), request);
  }
  static Bytes begin_request(std::uint32_t side, const Bytes& rgba) {
    return Writer().u8(1).u64(kNow.value).u32(side).u32(side).bytes(rgba).take();
  }

  crypto::SeededRng rng_{3};
  TestEpoch epoch_;
  Guard guard_ = ready_guard(epoch_, rng_);
};

TEST_F(Calling, ACheckGoesThroughInBytes) {
  const Bytes begun =
      ask(Call::begin_picture, begin_request(64, Bytes(std::size_t{64} * 64 * 4, 200)));
  Reader in(begun);
  ASSERT_EQ(in.u8().value(), 1);
  Writer finish;
  finish.u32(in.u32().value());
  std::array<Bytes, 3> bodies;
  for (Bytes& body : bodies) {
    EXPECT_TRUE(in.text(200)->ends_with("/v1/query"));
    body = to_bytes(in.bytes(100'000).value());
  }
  EXPECT_TRUE(in.finish());
  for (const Bytes& reply : epoch_.keepers.answer(bodies, [](std::vector<match::Sums>&) {})) {
    finish.bytes(reply);
  }
  const Bytes verdict = ask(Call::finish_picture, finish.view());
  Reader out(verdict);
  ASSERT_EQ(out.u8().value(), 1);
  EXPECT_EQ(out.text(20).value(), "allow");
  EXPECT_EQ(out.u8().value(), 1);
  EXPECT_EQ(out.text(40).value(), "low_quality");
}

TEST_F(Calling, AnErrorCarriesItsNameAndWhatToDo) {
  const Bytes answer = ask(Call::finish_picture,
                           Writer().u32(77).bytes(Bytes{}).bytes(Bytes{}).bytes(Bytes{}).take());
  Reader in(answer);
  ASSERT_EQ(in.u8().value(), 0);
  EXPECT_EQ(in.text(40).value(), "not_found");
  EXPECT_EQ(in.text(200).value(), describe(ErrorCode::not_found).title);
  EXPECT_EQ(in.text(200).value(), describe(ErrorCode::not_found).mend);
  EXPECT_EQ(in.text(200).value(), "guard.finish_picture");
  EXPECT_EQ(in.text(200).value(), "no such check");
  EXPECT_TRUE(in.finish());
}

TEST_F(Calling, TruncatedLongerAndUnknownCallsAreErrors) {
  const Bytes good = begin_request(8, Bytes(std::size_t{8} * 8 * 4, 200));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(ask(Call::begin_picture,
                  Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)))[0],
              0);
  }
  EXPECT_EQ(ask(Call::begin_picture, good)[0], 1);
  EXPECT_EQ(ask(Call::begin_picture, concat({good, ByteArray<1>{0}}))[0], 0);
  for (const std::uint32_t number : {0U, 11U, 0xffffffffU}) {
    EXPECT_EQ(call(guard_, number, good)[0], 0);
  }
  for (std::uint32_t number = 1; number <= 10; ++number) {
    EXPECT_EQ(call(guard_, number, {})[0], 0) << number;
    EXPECT_EQ(call(guard_, number, Bytes(64, 0xff))[0], 0) << number;
  }
}

}  // namespace
}  // namespace lightkeeper::guard
