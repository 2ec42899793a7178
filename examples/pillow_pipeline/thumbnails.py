"""Makes thumbnails of uploaded photos."""

from io import BytesIO

from PIL import Image, ImageOps


def upload(size):
    """Stand for a photo as it is uploaded: its file."""
    file = BytesIO()
    Image.radial_gradient("L").resize((size, size)).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def thumbnail(photo):
    """Shrink one photo, and return the small file."""
    small = BytesIO()
    with Image.open(BytesIO(photo)) as image:
        ImageOps.contain(image, (128, 128)).save(small, "JPEG")
    return small.getvalue()


def thumbnails(executor, photos):
    """Shrink all of them."""
    return list(executor.map(thumbnail, photos))
